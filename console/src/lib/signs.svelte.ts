/** Who gave a sign just now, and is forgotten without another one. */

import { SvelteMap } from 'svelte/reactivity';

export class Signs {
  #timers = new SvelteMap<string, ReturnType<typeof setTimeout>>();

  /** `lasts`: milliseconds for which somebody is shown after a sign. */
  constructor(readonly lasts: number) {}

  get people(): string[] {
    return [...this.#timers.keys()];
  }

  has(who: string): boolean {
    return this.#timers.has(who);
  }

  /** Somebody gave a sign, or has gone. */
  heard(who: string, isHere: boolean) {
    clearTimeout(this.#timers.get(who));
    if (isHere) this.#timers.set(who, setTimeout(() => this.#timers.delete(who), this.lasts));
    else this.#timers.delete(who);
  }

  /** Nobody is shown any more. */
  end() {
    for (const each of this.#timers.values()) clearTimeout(each);
  }
}
