/** Ids have two spellings: `a` and 32 hex digits, and in the inbox 36 characters with dashes. The api takes both. */

/** Return an id of the inbox as the team's objects spell it. */
export function publicId(dashed: string): string {
  return `a${dashed.replaceAll('-', '')}`;
}
