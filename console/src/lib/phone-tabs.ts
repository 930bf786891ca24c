/**
 * Which tab of the browser is the phone. The one that holds the Web Lock is; the others show what it says and let it do
 * what their buttons ask. If it is closed or crashes, the next one takes over.
 */

const LOCK = 'switchroom.phone';

/** What a tab asks of the tab that is the phone. */
export type Asked =
  | { kind: 'state' }
  | { kind: 'give' }
  | { kind: 'answer' }
  | { kind: 'hangUp' }
  | { kind: 'mute'; muted: boolean }
  | { kind: 'press'; key: string }
  | { kind: 'dial'; number: string };

type Message<Shown> = { kind: 'shown'; shown: Shown } | { kind: 'off' } | { kind: 'on' } | { kind: 'asked'; asked: Asked };

export interface Tab<Shown> {
  /** This tab is the phone from now on. */
  begin(): void;
  /** Another tab becomes it. */
  give(): void;
  /** The tab that is the phone says what it is. */
  shown(shown: Shown): void;
  asked(asked: Asked): void;
  /** The user switched the phone on or off in another tab. */
  switched(on: boolean): void;
}

export class Tabs<Shown> {
  isPhone = false;
  #channel = new BroadcastChannel(LOCK);
  #waiting: AbortController | null = null;
  #release = () => {};

  constructor(readonly tab: Tab<Shown>) {
    this.#channel.onmessage = ({ data }: MessageEvent<Message<Shown>>) => this.#heard(data);
  }

  /** Become the phone as soon as no other tab is. */
  contend() {
    if (this.#waiting) return;
    const waiting = (this.#waiting = new AbortController());
    // Over plain HTTP, except on localhost, a browser has neither locks nor a microphone.
    navigator.locks.request(LOCK, { signal: waiting.signal }, () => this.#hold()).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    this.ask({ kind: 'state' });
  }

  /** Be no phone any more, and do not become it. */
  withdraw() {
    this.#waiting?.abort();
    this.#waiting = null;
    this.isPhone = false;
    this.#release();
  }

  ask(asked: Asked) {
    if (this.isPhone) this.tab.asked(asked);
    else this.#send({ kind: 'asked', asked });
  }

  show(shown: Shown) {
    this.#send({ kind: 'shown', shown });
  }

  tellSwitched(on: boolean) {
    this.#send({ kind: on ? 'on' : 'off' });
  }

  #hold(): Promise<void> {
    this.isPhone = true;
    this.tab.begin();
    return new Promise((done) => {
      this.#release = () => {
        this.#release = () => {};
        done();
      };
    });
  }

  #send(message: Message<Shown>) {
    this.#channel.postMessage(message);
  }

  #heard(message: Message<Shown>) {
    if (message.kind === 'on' || message.kind === 'off') this.tab.switched(message.kind === 'on');
    else if (message.kind === 'shown') {
      if (!this.isPhone) this.tab.shown(message.shown);
    } else if (this.isPhone && message.asked.kind === 'give') {
      this.tab.give();
      this.withdraw();
      // The tab that asked waits already. This one waits behind it.
      this.contend();
    } else if (this.isPhone) this.tab.asked(message.asked);
  }
}
