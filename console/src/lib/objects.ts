/** The team's objects that Ctrl+K finds. */

import { directory } from './directory.svelte.ts';
import { t } from './messages.svelte.ts';
import type { Entry } from './palette';
import { go } from './router.svelte.ts';
import { session } from './session.svelte.ts';

export async function objects(): Promise<Entry[]> {
  await directory.load(session.team!.id);
  const queues = [...directory.queues.values()]
    .filter((one) => session.isAdmin || session.managed.includes(one.id))
    .map((one) => ({ id: one.id, title: one.name, kind: t('queue'), run: () => go(`/queues/${one.id}`) }));
  const people = [...directory.agents.values()].map((one) => ({
    id: one.id,
    title: one.name,
    kind: t('agent'),
    run: () => go(`/calls?agent=${one.id}`),
  }));
  const numbers = [...directory.numbers.values()].map((one) => ({
    id: one.id,
    title: one.number,
    kind: one.name,
    run: () => go(session.isAdmin ? '/numbers' : `/calls?search=${encodeURIComponent(one.number)}`),
  }));
  return [...queues, ...people, ...numbers];
}
