/** The names of settings, in words. */

import { word } from './messages.svelte.ts';

/** Return the name of a setting: our own text, or the field's name in words. */
export function settingLabel(name: string): string {
  const text = word('setting', name);
  if (text !== name) return text;
  const words = name.replaceAll('_', ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}
