/** The words in which values are told: the user's language, and the names of the team. */

import { team } from './choices.svelte.ts';
import { directory } from './directory.svelte.ts';
import { DAYS } from './hours';
import { locale, t, word } from './messages.svelte.ts';
import { session } from './session.svelte.ts';
import { settingLabel } from './settings';
import { told, type Words } from './told';

/** Return the short name of a day of the week. */
function day(name: string): string {
  // The first of January 2024 was a Monday.
  const date = new Date(Date.UTC(2024, 0, 1 + (DAYS as readonly string[]).indexOf(name)));
  return date.toLocaleDateString(locale(), { weekday: 'short', timeZone: 'UTC' });
}

/** Return the name of something of the team, by its id; '': nobody knows it. */
export function nameOf(id: string): string {
  const known =
    directory.queue(id) || directory.agent(id) || directory.person(id) || directory.member(id) || directory.numbers.get(id)?.number;
  const other = [...team.routes, ...team.departments, ...team.prompts].find((one) => one.id === id)?.name;
  return known || other || (id === session.team?.id ? session.team.team_name : '');
}

/** Return what a value says, in the user's language. */
export function inWords(value: unknown, setting = ''): string {
  const words: Words = {
    name: nameOf,
    setting: settingLabel,
    choice: word,
    day,
    operator: (is) => word('operator', is),
    yes: t('yes'),
    no: t('no'),
  };
  return told(value, words, setting);
}
