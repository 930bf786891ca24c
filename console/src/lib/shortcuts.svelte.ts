/** The user's shortcuts, as this browser keeps them. */

import { chosen, keysOf, letterOf, SHORTCUTS, type Keys, type Shortcut } from './keys';

const PLACE = 'switchroom.shortcuts';

class Shortcuts {
  keys = $state.raw<Keys>(keysOf(localStorage.getItem(PLACE)));

  isPressed(event: KeyboardEvent, shortcut: Shortcut): boolean {
    return letterOf(event) === this.keys[shortcut];
  }

  choose(shortcut: Shortcut, letter: string) {
    this.#keep(chosen(this.keys, shortcut, letter));
  }

  reset() {
    this.#keep({ ...SHORTCUTS });
  }

  #keep(keys: Keys) {
    this.keys = keys;
    localStorage.setItem(PLACE, JSON.stringify(keys));
  }
}

export const shortcuts = new Shortcuts();
