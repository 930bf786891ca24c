/** Who writes in a talk just now: the others are shown for a while, and it is told that the user does. */

import { Signs } from './signs.svelte.ts';

/** Milliseconds: how long somebody is shown as writing, and how often it is told. */
const SHOWN = 6000;
const TELL = 3000;

export class Typing {
  #writers = new Signs(SHOWN);
  #told = 0;

  constructor(readonly tell: () => Promise<unknown>) {}

  get people(): string[] {
    return this.#writers.people;
  }

  /** Somebody else writes, or does so no more. */
  heard(who: string, writes = true) {
    this.#writers.heard(who, writes);
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
