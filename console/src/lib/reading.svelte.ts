/** Who else has the same thing open: told every few seconds, and forgotten without a sign. */

import { Signs } from './signs.svelte.ts';

/** Milliseconds: how often it is told, and how long somebody is shown after their last sign. */
const TELL = 10_000;
const SHOWN = 25_000;

export class Reading {
  #readers = new Signs(SHOWN);

  constructor(readonly tell: (reading: boolean) => Promise<unknown>) {
    $effect(() => {
      const timer = setInterval(() => this.#tell(), TELL);
      const isSeen = () => this.#say(document.visibilityState === 'visible');
      document.addEventListener('visibilitychange', isSeen);
      this.#tell();
      return () => {
        clearInterval(timer);
        document.removeEventListener('visibilitychange', isSeen);
        this.#readers.end();
        this.#say(false);
      };
    });
  }

  get people(): string[] {
    return this.#readers.people;
  }

  /** Somebody else has it open, or no more. Who has come just now is told at once that the user is here. */
  heard(who: string, reads: boolean) {
    const isNew = !this.#readers.has(who);
    this.#readers.heard(who, reads);
    if (reads && isNew) this.#tell();
  }

  #tell() {
    if (document.visibilityState === 'visible') this.#say(true);
  }

  #say(reading: boolean) {
    this.tell(reading).catch(() => {});
  }
}
