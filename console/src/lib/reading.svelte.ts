/** Who else has the same thing open: told every few seconds, and forgotten without a sign. */

import { SvelteMap } from 'svelte/reactivity';

/** Milliseconds: how often it is told, and how long somebody is shown after their last sign. */
const TELL = 10_000;
const SHOWN = 25_000;

export class Reading {
  #readers = new SvelteMap<string, ReturnType<typeof setTimeout>>();

  constructor(readonly tell: (reading: boolean) => Promise<unknown>) {
    $effect(() => {
      const timer = setInterval(() => this.#tell(), TELL);
      const isSeen = () => this.#say(document.visibilityState === 'visible');
      document.addEventListener('visibilitychange', isSeen);
      this.#tell();
      return () => {
        clearInterval(timer);
        document.removeEventListener('visibilitychange', isSeen);
        for (const each of this.#readers.values()) clearTimeout(each);
        this.#say(false);
      };
    });
  }

  get people(): string[] {
    return [...this.#readers.keys()];
  }

  /** Somebody else has it open, or no more. Who has come just now is told at once that the user is here. */
  heard(who: string, reads: boolean) {
    const isNew = !this.#readers.has(who);
    clearTimeout(this.#readers.get(who));
    if (reads) this.#readers.set(who, setTimeout(() => this.#readers.delete(who), SHOWN));
    else this.#readers.delete(who);
    if (reads && isNew) this.#tell();
  }

  #tell() {
    if (document.visibilityState === 'visible') this.#say(true);
  }

  #say(reading: boolean) {
    this.tell(reading).catch(() => {});
  }
}
