/** The texts of the languages for tests: `Queue` becomes `[Ǫûéûé ~~]`. */

import type { Texts } from '../lib/messages.svelte.ts';

const FROM = 'aceginosuyACEINOQSUY';
const TO = 'åçéĝîñöšûýÅÇÉÎÑÖǪŠÛÝ';

export function pseudo(texts: Texts): Texts {
  const all = Object.entries(texts).map(([key, text]) => [key, text.split('|').map(longer).join('|')]);
  return Object.fromEntries(all) as Texts;
}

/** Return the text with accents, a third longer, in brackets. What stands in braces stays. */
function longer(text: string): string {
  const accented = text.replace(/\{\w+\}|./gu, (found) => {
    const place = FROM.indexOf(found);
    return place < 0 ? found : TO[place]!;
  });
  return `[${accented} ${'~'.repeat(Math.ceil(text.length / 3))}]`;
}
