/** The messages of a chat or of one of its threads: read by pages, then kept up to date by the stream. */

import type { Schemas } from './api';
import { joined } from './pages';
import type { Change } from './stream';

export type Message = Schemas['MessageSummary'];
/** Asks for a page, newest first. */
type Ask = (cursor: string | null) => Promise<{ data: unknown; headers: Headers }>;

export class Talk {
  /** Oldest first. Null: not read yet. */
  messages = $state<Message[] | null>(null);
  /** The cursor of what is older. Null: nothing is. */
  next = $state<string | null>(null);
  failure = $state<unknown>(null);
  #ask: Ask;
  #holds: (message: Message) => boolean;
  /** What came before the first page was read. */
  #early: Change[] = [];

  constructor(ask: Ask, holds: (message: Message) => boolean) {
    this.#ask = ask;
    this.#holds = holds;
  }

  /** Read what is older, by the cursor; or the newest ones again. */
  async read(cursor: string | null = null) {
    try {
      const { data, headers } = await this.#ask(cursor);
      const page = data as Message[];
      const known = (this.messages ?? []).toReversed();
      const next = headers.get('X-Next-Cursor');
      if (cursor) {
        this.messages = [...known, ...page].toReversed();
        this.next = next;
      } else {
        // What the stream told meanwhile is newer than the page.
        const newer = known.filter((one) => one.number > (page[0]?.number ?? 0));
        const { list, kept } = joined(page, known, (one) => one.id);
        this.messages = [...newer, ...list].toReversed();
        if (!kept) this.next = next;
      }
      this.failure = null;
      for (const change of this.#early.splice(0)) this.told(change);
    } catch (error) {
      this.failure = error;
    }
  }

  /** Apply a change. Return the message, if it is a new one. */
  told(change: Change): Message | null {
    const { model, verb, id, data } = change;
    if (model !== 'message') return null;
    if (!this.messages) {
      this.#early.push(change);
      return null;
    }
    const message = data as Message | undefined;
    if (verb === 'destroyed') {
      // Replies to what is gone are messages like all others.
      this.messages = this.messages.filter((one) => one.id !== id).map((one) => (one.thread === id ? { ...one, thread: null } : one));
      return null;
    }
    if (!message || !this.#holds(message)) return null;
    if (this.messages.some((one) => one.id === id)) {
      this.messages = this.messages.map((one) => (one.id === id ? { ...one, ...message } : one));
      return null;
    }
    if (verb !== 'created') return null;
    this.messages = [...this.messages, message].toSorted((one, other) => one.number - other.number);
    return message;
  }
}
