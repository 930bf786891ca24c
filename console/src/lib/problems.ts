/** What is wrong with the fields of a form, as operations answer it: by the field's path, `hours.weekly`. */

export type Problems = Record<string, string>;

/** Return what is wrong with a field, and with what is below it. */
export function problemOf(problems: Problems, field: string): string {
  return Object.entries(problems)
    .filter(([name]) => name === field || name.startsWith(`${field}.`))
    .map(([, text]) => text)
    .join('; ');
}

/** Return what is wrong with the parts of a field, by the part's name; '': with the field itself. */
export function problemsBelow(problems: Problems, field: string): Problems {
  const found: Problems = {};
  for (const [name, text] of Object.entries(problems)) {
    if (name !== field && !name.startsWith(`${field}.`)) continue;
    const part = name.slice(field.length + 1).split('.')[0]!;
    found[part] = found[part] ? `${found[part]}; ${text}` : text;
  }
  return found;
}

/** Return the fields of an error of the inbox, which names them in one text: `name: Required; color: One of ...`. */
export function inboxProblems(message: string): Problems {
  const parts = message.split(/; (?=[a-z_][\w.]*: )/).map((part) => /^([a-z_][\w.]*): ([^]*)$/.exec(part));
  return parts.every((part) => part !== null)
    ? Object.fromEntries(parts.map((part) => [part![1]!, part![2]!]))
    : { message };
}
