/** Conversations in queues, in words. */

import type { Schemas } from './api';
import { directory } from './directory.svelte.ts';
import { publicId } from './ids';
import { t } from './messages.svelte.ts';

/** Say where a conversation is in the queues. */
export function placeOf(work: Schemas['WorkOfConversation']): string {
  const queue = directory.queue(publicId(work.queue_id));
  const agent = work.agent_id ? directory.agent(publicId(work.agent_id)) : '';
  return t(`inbox.work.${work.state === 'closed' ? 'accepted' : work.state}`, { queue, agent });
}
