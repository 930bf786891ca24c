/** A second telephone of the page, which calls in as somebody from outside does. There is one in development only. */

import { api, asked } from './api';
import { stranger } from './phone-audio';
import { Line, type LineCall } from './phone-line';
import { session } from './session.svelte.ts';

export class Visitor {
  call = $state.raw<LineCall | null>(null);
  /** Why the last call failed, in SIP's words. */
  cause = $state('');
  #line: Line | null = null;
  #silent = () => {};

  /** Call a number of the team. Throws ApiError, Offline. */
  async dial(number: string) {
    const account = await asked(api.POST('/v1/phone', { body: { team: session.team!.id } }));
    if (!account.visitor) return;
    this.end();
    this.cause = '';
    const sound = stranger();
    this.#silent = sound.end;
    const line = (this.#line = new Line(
      { ...account, uri: account.visitor, contact: 'sip:visitor@browser.invalid;transport=ws', password: '', name: '' },
      {
        registered: (yes) => yes && this.#line === line && line.dial(number),
        refused() {},
        quality() {},
        call: (call, cause) => {
          this.call = call;
          if (call) return;
          this.cause = cause ?? '';
          this.end();
        },
      },
      sound,
    ));
  }

  press = (key: string) => this.#line?.press(key);
  hangUp = () => this.#line?.hangUp();

  end() {
    this.#line?.stop();
    this.#line = this.call = null;
    this.#silent();
    this.#silent = () => {};
  }
}
