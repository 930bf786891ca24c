/** Who writes in a talk just now: the others are shown for a while, and it is told that the user does. */

import { SvelteMap } from 'svelte/reactivity';

/** Milliseconds: how long somebody is shown as writing, and how often it is told. */
const SHOWN = 6000;
const TELL = 3000;

export class Typing {
  #writers = new SvelteMap<string, ReturnType<typeof setTimeout>>();
  #told = 0;

  constructor(readonly tell: () => Promise<unknown>) {}

  get people(): string[] {
    return [...this.#writers.keys()];
  }

  /** Somebody else writes, or does so no more. */
  heard(who: string, writes = true) {
    clearTimeout(this.#writers.get(who));
    if (writes) this.#writers.set(who, setTimeout(() => this.#writers.delete(who), SHOWN));
    else this.#writers.delete(who);
  }

  /** The user has pressed a key. */
  typed() {
    if (Date.now() - this.#told < TELL) return;
    this.#told = Date.now();
    this.tell().catch(() => {});
  }

  /** The user has sent what they wrote. */
  sent() {
    this.#told = 0;
  }
}
