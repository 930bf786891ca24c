/** Conversations in queues, in words. */

import type { Schemas } from './api';
import { directory } from './directory.svelte.ts';
import { publicId } from './ids';
import { t } from './messages.svelte.ts';

/** Say where a conversation is in the queues. While an agent is offered it, it waits: only they are told of that. */
export function placeOf(work: Schemas['WorkOfConversation']): string {
  const queue = directory.queue(publicId(work.queue_id));
  if (work.state !== 'accepted') return t('inbox.waits', { queue });
  return t('inbox.taken', { queue, agent: directory.agent(publicId(work.agent_id!)) });
}
