/**
 * The browser as a telephone of the user. It is switched on once, by a click, and then goes on by itself: after a
 * reload, in another tab when this one is closed, with another account when the old one is no longer good. A talk that
 * was cut off so is pulled back.
 */

import { ApiError, api, asked } from './api';
import { live, type Call } from './live.svelte.ts';
import { unlock } from './phone-audio';
import type { Line, LineCall, Quality } from './phone-line';
import { Tabs, type Asked } from './phone-tabs';
import { session } from './session.svelte.ts';

const ON = 'switchroom.phone.on';
/** The id of the talk that this browser is in: what a page that is loaded again pulls. */
const TALK = 'switchroom.phone.talk';
/** Milliseconds: an account is good for ten minutes. */
const RENEW_EVERY = 4 * 60_000;
const AGAIN = { first: 1000, most: 30_000 };
/** How often, and every how many milliseconds, a talk is pulled: until the engine knows that the phone is there. */
const PULLS = { times: 20, every: 400 };
/** Milliseconds: how long, and how often, the page looks whether the engine knows that the phone is there. */
const KNOWN = { within: 5000, every: 50 };

export type PhoneState = 'off' | 'elsewhere' | 'starting' | 'ready' | 'lost' | 'failed';

interface Shown {
  state: PhoneState;
  call: LineCall | null;
  cause: string;
  quality: Quality;
}

const GOOD: Quality = { loss: 0, silent: false };

class Phone {
  /** `elsewhere`: another tab of this browser is the phone. */
  state = $state<PhoneState>('off');
  call = $state<LineCall | null>(null);
  /** Why the last call failed, in SIP's words. */
  cause = $state('');
  quality = $state<Quality>(GOOD);
  /** Why the phone cannot work. */
  failure = $state<unknown>(null);
  /** Whether the page may also call in as somebody from outside. */
  mayVisit = $state(false);

  #tabs: Tabs<Shown> | null = null;
  #line: Line | null = null;
  #renewing: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #wait = AGAIN.first;
  #pulling = false;
  /** The page goes: the end of its talk is not the end of the call. */
  #going = false;

  /** Whether this page can be a telephone: browsers give the microphone to safe origins only. */
  get possible(): boolean {
    return Boolean(navigator.locks && navigator.mediaDevices && session.member?.extension.length);
  }

  get isOn(): boolean {
    return this.state !== 'off';
  }

  /** Whether this tab is the phone. */
  get isHere(): boolean {
    return this.isOn && this.state !== 'elsewhere';
  }

  /** The live call that the phone is in. */
  get live(): Call | undefined {
    return this.call ? own(this.call.id) : undefined;
  }

  /** The STUN and TURN servers of its calls. */
  get iceServers() {
    return this.#line?.account.ice_servers ?? [];
  }

  /** Go on as the browser was. Call it once a page. */
  start() {
    if (!this.possible || this.#tabs) return;
    this.#tabs = new Tabs<Shown>({
      begin: () => void this.#begin(),
      give: () => this.#give(),
      shown: (shown) => this.#follow(shown),
      asked: (asked) => this.#do(asked),
      switched: (on) => (on ? this.#join() : this.#leave()),
    });
    window.addEventListener('pagehide', () => this.#goes());
    window.addEventListener('pageshow', () => (this.#going = false));
    for (const event of ['pointerdown', 'keydown'] as const)
      window.addEventListener(event, () => this.isOn && void unlock(), { once: true });
    if (localStorage.getItem(ON)) this.#join();
  }

  /** Be a telephone from now on. Call it from a click. Throws DOMException: there is no microphone, or no leave. */
  async switchOn() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    await unlock();
    if ('Notification' in window && Notification.permission === 'default') void Notification.requestPermission();
    localStorage.setItem(ON, 'yes');
    this.#tabs?.tellSwitched(true);
    this.#join();
  }

  async switchOff() {
    localStorage.removeItem(ON);
    this.#tabs?.tellSwitched(false);
    this.#leave();
    await asked(api.DELETE('/v1/phone')).catch(() => {});
  }

  /** Make this tab the phone. A talk comes with it. Call it from a click. */
  async takeOver() {
    await unlock();
    this.#tabs?.ask({ kind: 'give' });
  }

  answer = () => this.#tabs?.ask({ kind: 'answer' });
  hangUp = () => this.#tabs?.ask({ kind: 'hangUp' });
  mute = (muted: boolean) => this.#tabs?.ask({ kind: 'mute', muted });
  press = (key: string) => this.#tabs?.ask({ kind: 'press', key });
  /** Call an extension, a telephone number or a feature code, written as people write them. */
  dial = (number: string) => this.#tabs?.ask({ kind: 'dial', number: number.replace(/[\s().\-/]/g, '') });

  #join() {
    if (this.state !== 'off') return;
    this.#set({ state: 'elsewhere' });
    live.start(session.team!.id);
    this.#tabs!.contend();
  }

  #leave() {
    this.#end();
    this.#tabs?.withdraw();
    localStorage.removeItem(TALK);
    this.#set({ state: 'off', call: null });
  }

  async #begin() {
    this.#set({ state: 'starting', call: null, cause: '', quality: GOOD });
    try {
      const [{ Line }, account] = await Promise.all([import('./phone-line'), this.#account()]);
      if (!this.#tabs?.isPhone) return;
      this.#wait = AGAIN.first;
      this.failure = null;
      this.mayVisit = account.visitor !== null;
      this.#line = new Line(account, {
        registered: (yes) => this.#registered(yes),
        refused: () => this.#later(),
        call: (call, cause) => this.#called(call, cause),
        quality: (quality) => {
          this.#set({ quality });
          this.#keep();
        },
      });
      this.#renewing = setInterval(() => void this.#renew(), RENEW_EVERY);
    } catch (error) {
      this.failure = error;
      this.#set({ state: 'failed' });
      if (!(error instanceof ApiError) || error.status >= 500 || error.status === 429) this.#later();
    }
  }

  #account() {
    return asked(api.POST('/v1/phone', { body: { team: session.team!.id } }));
  }

  async #renew() {
    const account = await this.#account().catch(() => null);
    if (account && this.#line && account.username !== this.#line.account.username && !this.call) this.#afresh();
  }

  /** Begin again in a while, each time later. */
  #later() {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#afresh(), this.#wait);
    this.#wait = Math.min(AGAIN.most, this.#wait * 2);
  }

  #afresh() {
    if (!this.#tabs?.isPhone || this.call) return;
    this.#end();
    void this.#begin();
  }

  #end() {
    clearInterval(this.#renewing);
    clearTimeout(this.#again);
    this.#line?.stop();
    this.#line = null;
  }

  #give() {
    clearInterval(this.#renewing);
    clearTimeout(this.#again);
    this.#line?.retire();
    this.#line = null;
    this.#set({ state: 'elsewhere' });
  }

  #registered(yes: boolean) {
    this.#set({ state: yes ? 'ready' : 'lost' });
    const talk = localStorage.getItem(TALK);
    if (yes && talk && !this.call && !this.#pulling) void this.#pull(talk);
  }

  /** Bring the talk here that this browser was in. */
  async #pull(talk: string) {
    this.#pulling = true;
    try {
      await engineKnows();
      for (let tries = 0; tries < PULLS.times && !this.call; tries++) {
        try {
          await asked(api.POST('/v1/call/{call_id}/pull', { params: { path: { call_id: talk } } }));
          return;
        } catch (error) {
          const soon = error instanceof ApiError && error.status === 409 && error.fields.reason === 'not-registered';
          if (!soon) break;
        }
        await new Promise((done) => setTimeout(done, PULLS.every));
      }
      localStorage.removeItem(TALK);
    } finally {
      this.#pulling = false;
    }
  }

  #called(call: LineCall | null, cause = '') {
    const before = this.call;
    // The call that rings for a talk to be pulled is absorbed by the talk.
    const kept = call && call.way === 'in' && !before ? localStorage.getItem(TALK) : null;
    if (call && before) call = { ...call, id: before.id };
    else if (call && kept) call = { ...call, id: kept };
    this.#set({ call, cause, ...(call ? {} : { quality: GOOD }) });
    if (!call && !this.#going) localStorage.removeItem(TALK);
    else if (call?.phase === 'talking') this.#keep();
    if (call?.phase === 'ringing') announce(call);
  }

  /** Note which talk this is, for the page that comes after this one. */
  #keep() {
    const id = this.live?.id ?? this.call?.id;
    if (id && this.isHere) localStorage.setItem(TALK, id);
  }

  /** The page goes: let the caller hear music until the next one is there. */
  #goes() {
    const talk = this.live;
    if (!this.isHere || this.call?.phase !== 'talking' || !talk) return;
    this.#going = true;
    localStorage.setItem(TALK, talk.id);
    if (talk.parties.some((party) => party.kind === 'caller' && isMine(party))) return;
    void fetch(`/v1/call/${talk.id}/detach`, { method: 'POST', keepalive: true }).catch(() => {});
  }

  #do(asked: Asked) {
    if (asked.kind === 'state') this.#show();
    else if (asked.kind === 'answer') this.#line?.answer();
    else if (asked.kind === 'hangUp') this.#line?.hangUp();
    else if (asked.kind === 'mute') this.#line?.mute(asked.muted);
    else if (asked.kind === 'press') this.#line?.press(asked.key);
    else if (asked.kind === 'dial') this.#line?.dial(asked.number);
  }

  /** Show what the tab that is the phone says. */
  #follow(shown: Shown) {
    if (this.state === 'off') return;
    this.call = shown.call;
    this.cause = shown.cause;
    this.quality = shown.quality;
    this.state = 'elsewhere';
  }

  #set(change: Partial<Shown>) {
    Object.assign(this, change);
    if (this.#tabs?.isPhone) this.#show();
  }

  #show() {
    const { state, call, cause, quality } = this;
    this.#tabs?.show($state.snapshot({ state, call, cause, quality }));
  }
}

/** Return when the engine knows that the phone is registered; for who is no agent the page cannot tell. */
async function engineKnows() {
  const agent = session.agent?.id;
  const until = Date.now() + KNOWN.within;
  while (agent && Date.now() < until) {
    if (live.state === 'up' && live.agents.get(agent)?.live?.registered) return;
    await new Promise((done) => setTimeout(done, KNOWN.every));
  }
}

function isMine(party: Call['parties'][number]): boolean {
  const agent = session.agent?.id ?? '';
  return party.agent === agent || party.member === session.member?.teamUserId;
}

/** Return the user's own live call: that one, or the one that they are in now. */
function own(id: string | null): Call | undefined {
  const known = id ? live.calls.get(id) : undefined;
  if (known) return known;
  const agent = session.agent && live.agents.get(session.agent.id)?.live?.call;
  if (agent) return live.calls.get(agent);
  const mine = [...live.calls.values()].filter((call) => call.parties.some(isMine));
  return mine.find((call) => !call.consult_of) ?? mine[0];
}

/** Say who calls, if the page is not looked at. */
function announce(call: LineCall) {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return;
  const shown = new Notification(call.name || call.number, { tag: 'switchroom.phone' });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}

export const phone = new Phone();
