/** Values of settings as people read them: names instead of ids, sentences instead of JSON. */

import { DAYS, type Span } from './hours.ts';

export interface Words {
  /** The name of what an id refers to; '': nobody knows it. */
  name(id: string): string;
  setting(name: string): string;
  /** A value that was chosen for a setting. */
  choice(setting: string, value: string): string;
  day(day: string): string;
  /** How a condition compares. */
  operator(is: string): string;
  yes: string;
  no: string;
}

const NONE = '–';

/** Return what a value says. `setting`: the name of what has it. */
export function told(value: unknown, words: Words, setting = ''): string {
  if (value === null || value === undefined || value === '') return NONE;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return words.name(value) || words.choice(setting, value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return list(value, words);
  return whole(value as Record<string, unknown>, words, setting);
}

function list(values: unknown[], words: Words): string {
  if (!values.length) return NONE;
  if (isSpans(values)) return values.map(([start, end]) => `${start}–${end}`).join(', ');
  const parts = values.map((one) => told(one, words));
  return parts.join(values.some((one) => one !== null && typeof one === 'object') ? '; ' : ', ');
}

function whole(value: Record<string, unknown>, words: Words, setting: string): string {
  const keys = Object.keys(value);
  if (!keys.length) return NONE;
  if (typeof value.say === 'string') return `“${value.say}”`;
  if (typeof value.prompt === 'string') return told(value.prompt, words);
  if (typeof value.kind === 'string' && typeof value.id === 'string') return told(value.id, words);
  if ('from' in value && 'to' in value && keys.length === 2) {
    return `${told(value.from, words, setting)} → ${told(value.to, words, setting)}`;
  }
  if (Array.isArray(value.when)) return `${String(value.name)}: ${value.when.map((one) => condition(one, words)).join(', ')}`;
  if (keys.every((key) => (DAYS as readonly string[]).includes(key))) return week(value as Record<string, Span[]>, words);
  return keys.map((key) => `${words.setting(key)}: ${told(value[key], words, key)}`).join('; ');
}

function condition(one: Record<string, unknown>, words: Words): string {
  const subject = one.variable ?? one.figure;
  return [told(subject, words), words.operator(String(one.is)), ...('value' in one ? [told(one.value, words)] : [])].join(' ');
}

/** Days in a row that are open alike are told together. */
function week(days: Record<string, Span[]>, words: Words): string {
  const runs: { first: string; last: string; spans: string }[] = [];
  let before = '';
  for (const day of DAYS) {
    const spans = days[day]?.length ? list(days[day], words) : '';
    const run = runs.at(-1);
    if (spans && run && spans === before) run.last = day;
    else if (spans) runs.push({ first: day, last: day, spans });
    before = spans;
  }
  return runs
    .map(({ first, last, spans }) => `${words.day(first)}${last === first ? '' : `–${words.day(last)}`} ${spans}`)
    .join('; ');
}

function isSpans(values: unknown[]): values is Span[] {
  return values.every((one) => Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === 'string' && part.includes(':')));
}
