/** The user's own marks on the messages of a chat. The workspace says which there are. */

import { SvelteMap } from 'svelte/reactivity';
import { api, asked } from './api';
import { session } from './session.svelte.ts';
import type { Change } from './stream';

export const MARKS = ['pin', 'unread'] as const;
export type MarkType = (typeof MARKS)[number];
interface Told {
  type: string;
  message: string | null;
  mark: string | null;
}

const isMark = (type: string) => (MARKS as readonly string[]).includes(type);

export class Marks {
  /** Type and message to the mark's id. */
  #ids = new SvelteMap<string, string>();
  #chat: string;

  constructor(chat: string) {
    this.#chat = chat;
  }

  /** Read them. Throws ApiError, Offline. */
  async read() {
    const query = { chat: [this.#chat], type: [...MARKS], read: true, deleted: true, limit: 1000 };
    const params = { path: { team_id: session.team!.id }, query };
    const found = await asked(api.GET('/v1/team/{team_id}/workspace', { params }));
    for (const one of found) this.#note(one, true);
  }

  has(message: string, type: MarkType): boolean {
    return this.#ids.has(`${type} ${message}`);
  }

  /** Put the mark on the message, or take it off. Throws ApiError, Offline. */
  async toggle(message: string, type: MarkType) {
    const key = `${type} ${message}`;
    const path = { chat_id: this.#chat, message_id: message };
    const mark = this.#ids.get(key);
    if (mark === undefined) {
      const made = await asked(api.POST('/v1/chat/{chat_id}/messages/{message_id}/mark', { params: { path }, body: { type } }));
      this.#ids.set(key, made.id);
    } else {
      const params = { path: { ...path, mark_id: mark } };
      await asked(api.DELETE('/v1/chat/{chat_id}/messages/{message_id}/mark/{mark_id}', { params }));
      this.#ids.delete(key);
    }
  }

  /** Apply a change of the workspace. */
  told({ model, verb, data }: Change) {
    if (model === 'workspace' && data && verb !== 'messaged') this.#note(data as Told, verb !== 'destroyed');
  }

  #note({ type, message, mark }: Told, isThere: boolean) {
    if (!isMark(type) || !message) return;
    if (!isThere) this.#ids.delete(`${type} ${message}`);
    else if (mark) this.#ids.set(`${type} ${message}`, mark);
  }
}
