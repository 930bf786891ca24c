/** The user's chats in the team, the newest message first, kept up to date by the stream. */

import type { Place } from '../screens/messaging/Forward.svelte';
import { api, asked, type Schemas } from './api';
import { directory } from './directory.svelte.ts';
import { kept } from './live.svelte.ts';
import { t } from './messages.svelte.ts';
import { session } from './session.svelte.ts';

export type Chat = Schemas['Chat'];

export class Chats {
  /** Null: not read yet. */
  list = $state<Chat[] | null>(null);
  failure = $state<unknown>(null);
  #team = session.team!.id;

  /** Read them again. */
  refresh = kept(() => this.read(), ({ model, verb }) => model === 'message' || (model === 'chat' && verb !== 'messaged'));

  /** Call it while a component begins. */
  constructor() {
    void this.refresh();
  }

  async read() {
    try {
      const query = { team: [this.#team], limit: 200, sort: 'last_message_time DESC', populate: 'users' };
      const [found] = await Promise.all([asked(api.GET('/v1/chat', { params: { query } })), directory.load(this.#team)]);
      this.list = found as Chat[];
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  /** Everybody in the team but the user and its guests. */
  get others(): Schemas['Member'][] {
    return [...directory.people.values()].filter((one) => one.id !== session.me!.id && one.role !== 'guest');
  }

  /** Where a message can be forwarded to. A private chat is named by the other person, whether it is there already or not. */
  get places(): Place[] {
    const isGuest = session.member?.role === 'guest';
    return [
      ...(this.list ?? []).filter((one) => isGuest || one.type !== 'private').map((one) => ({ id: one.id, title: titleOf(one), kind: 'chat' as const })),
      ...(isGuest ? [] : this.others).map((one) => ({ id: one.id, title: directory.person(one.id), kind: 'person' as const })),
    ];
  }
}

/** Return the name of a chat; of a private one, that of the other. */
export function titleOf(chat: Chat): string {
  if (chat.name) return chat.name;
  const other = chat.users.find((one) => one.id !== session.me!.id);
  return directory.person(other?.id) || t('chat.nobody');
}
