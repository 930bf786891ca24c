/** `{{placeholders}}` of saved replies and templates. */

/** Return the names of those in the text, each once, in their order. */
export function placeholdersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*(\w{1,40})\s*\}\}/g)].map((found) => found[1]!))];
}
