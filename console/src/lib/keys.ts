/** Shortcuts: Alt and a letter for what one does often. */

export const SHORTCUTS = { answer: 'a', hold: 'h', mute: 'm', transfer: 't', end: 'e', status: 's' } as const;
export type Shortcut = keyof typeof SHORTCUTS;
export type Keys = Record<Shortcut, string>;

/** Return the letter that is pressed together with Alt; '': none. On a Mac, Alt makes another sign of it. */
export function letterOf(event: Pick<KeyboardEvent, 'altKey' | 'ctrlKey' | 'key' | 'code'>): string {
  if (!event.altKey || event.ctrlKey) return '';
  const letter = /^[a-z0-9]$/i.test(event.key) ? event.key : (/^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? '');
  return letter.toLowerCase();
}

/** Return the keys after the user chose one. What had that letter before gets the old one: each has a letter of its own. */
export function chosen(keys: Keys, shortcut: Shortcut, letter: string): Keys {
  const wanted = letter.toLowerCase();
  if (!/^[a-z0-9]$/.test(wanted)) return keys;
  const other = (Object.keys(keys) as Shortcut[]).find((one) => keys[one] === wanted);
  return { ...keys, ...(other ? { [other]: keys[shortcut] } : {}), [shortcut]: wanted };
}

/** Return the keys that were kept as a text. What is missing or makes no sense is as at first. */
export function keysOf(text: string | null): Keys {
  let kept: Partial<Keys>;
  try {
    kept = (JSON.parse(text ?? '{}') ?? {}) as Partial<Keys>;
  } catch {
    kept = {};
  }
  return (Object.keys(SHORTCUTS) as Shortcut[]).reduce((keys, one) => chosen(keys, one, kept[one] ?? keys[one]), { ...SHORTCUTS } as Keys);
}
