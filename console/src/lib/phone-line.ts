/**
 * One SIP account over WebSocket, and the calls on it: JsSIP, which only the phone loads. It knows nothing of tabs, of
 * the page, or of what the engine says of a call.
 */

import JsSIP from 'jssip';
import type { IceCandidateEvent, OutgoingEvent, RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRequest } from 'jssip/lib/SIPMessage';
import type { RTCSessionEvent, UA } from 'jssip/lib/UA';
import type { Schemas } from './api';
import * as audio from './phone-audio';

/** An account without a password is not registered: it only calls. */
export type Account = Pick<Schemas['Phone'], 'username' | 'sockets' | 'uri' | 'contact' | 'password' | 'name' | 'ice_servers'>;

/** A call on the line. `id`: the engine's, if it told it. */
export interface LineCall {
  way: 'in' | 'out';
  phase: 'ringing' | 'calling' | 'talking';
  id: string | null;
  number: string;
  name: string;
  muted: boolean;
  /** When the talk began. */
  since: string | null;
}

export interface Quality {
  /** Share of the far end's packets that did not come, of the last seconds. */
  loss: number;
  /** The microphone has given no sound for a while. */
  silent: boolean;
}

export interface Listener {
  registered(yes: boolean): void;
  /** The server did not accept the account: it is no longer good. */
  refused(): void;
  /** What became of the call. `cause`: why it failed, in SIP's words. */
  call(call: LineCall | null, cause?: string): void;
  quality(quality: Quality): void;
}

/** What the far end is told and what is heard of it: by default the microphone and the headset. */
export interface Sound {
  /** What is said instead of what the microphone hears. */
  says?: MediaStream;
  hear(track: MediaStreamTrack): void;
  hearNothing(): void;
}

const NOBODY: Listener = { registered() {}, refused() {}, call() {}, quality() {} };
const AUTO = 'X-Switchroom-Answer';
const ID = 'X-Switchroom-Id';
/** Milliseconds after the first address of the page at which no better one is waited for. */
const ICE_PATIENCE = { withServers: 500, without: 100 };
const LOOK_EVERY = 2000;
const SILENT_LOOKS = 5;

export class Line {
  #agent: UA;
  #session: RTCSession | null = null;
  #call: LineCall | null = null;
  #retired = false;
  #sounding = () => {};
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly account: Account,
    private listener: Listener,
    private readonly heard: Sound = audio,
  ) {
    this.#agent = new JsSIP.UA({
      sockets: account.sockets.map((url) => new JsSIP.WebSocketInterface(url)),
      uri: account.uri,
      contact_uri: account.contact,
      password: account.password,
      register: account.password !== '',
      display_name: account.name,
      register_expires: 120,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 10,
      user_agent: 'Switchroom console',
    });
    if (!account.password) this.#agent.on('connected', () => this.listener.registered(true));
    this.#agent.on('registered', () => this.listener.registered(true));
    this.#agent.on('unregistered', () => this.listener.registered(false));
    this.#agent.on('disconnected', () => this.listener.registered(false));
    this.#agent.on('registrationFailed', ({ response }) => {
      this.listener.registered(false);
      if (response) this.listener.refused();
    });
    this.#agent.on('newRTCSession', (event: RTCSessionEvent) => {
      if (event.originator === 'remote') this.#rings(event.session, event.request as IncomingRequest);
    });
    this.#agent.start();
  }

  /** Make room for another tab. A talk goes on until the other tab has taken it over. */
  retire() {
    this.listener = NOBODY;
    if (this.#session) this.#retired = true;
    else this.stop();
  }

  /** Sign off, and end what talks. */
  stop() {
    this.listener = NOBODY;
    this.#quiet();
    this.#agent.stop();
  }

  answer() {
    if (this.#call?.phase !== 'ringing' || !this.#session) return;
    this.#sounding();
    this.#session.answer({ mediaConstraints: audio.constraints(), pcConfig: this.#servers() });
  }

  /** Decline what rings, cancel what is called, or end the talk. */
  hangUp() {
    if (!this.#session || this.#session.isEnded()) return;
    this.#session.terminate(this.#call?.phase === 'ringing' ? { status_code: 603, reason_phrase: 'Decline' } : {});
  }

  mute(muted: boolean) {
    if (!this.#session) return;
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    this.#changed({ muted });
  }

  /** Press a key: the far end hears it as RFC 4733 says. */
  press(key: string) {
    if (this.#call?.phase !== 'talking') return;
    this.#session?.sendDTMF(key, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
  }

  dial(number: string) {
    if (this.#session) return;
    const host = this.account.uri.split('@')[1];
    const session = this.#agent.call(`sip:${encodeURIComponent(number)}@${host}`, {
      ...(this.heard.says ? { mediaStream: this.heard.says } : { mediaConstraints: audio.constraints() }),
      pcConfig: this.#servers(),
    });
    this.#begin(session, { way: 'out', phase: 'calling', id: null, number, name: '', muted: false, since: null });
    if (session.connection) this.#listens(session.connection);
    session.on('progress', ({ response }: OutgoingEvent) => {
      if (!response?.body && this.#session === session) this.#sound(audio.ringBack());
    });
  }

  #servers(): RTCConfiguration {
    return {
      iceServers: this.account.ice_servers.map((one) => ({
        urls: one.urls,
        ...(one.username && one.credential ? { username: one.username, credential: one.credential } : {}),
      })),
    };
  }

  #rings(session: RTCSession, request: IncomingRequest) {
    const id = request.getHeader(ID) ?? null;
    if (this.#session) {
      session.terminate({ status_code: 486, reason_phrase: 'Busy Here' });
      return;
    }
    const from = session.remote_identity;
    this.#begin(session, {
      way: 'in', phase: 'ringing', id, number: from.uri.user ?? '', name: from.display_name ?? '', muted: false, since: null,
    }); // prettier-ignore
    if (request.getHeader(AUTO) === 'auto') this.answer();
    else this.#sound(audio.ring());
  }

  #begin(session: RTCSession, call: LineCall) {
    this.#session = session;
    const mine = () => this.#session === session;
    session.on('peerconnection', ({ peerconnection }) => this.#listens(peerconnection));
    let waiting = false;
    session.on('icecandidate', ({ candidate, ready }: IceCandidateEvent) => {
      const servers = this.account.ice_servers.length > 0;
      if (servers && candidate.type && candidate.type !== 'host') ready();
      else if (!waiting) setTimeout(ready, servers ? ICE_PATIENCE.withServers : ICE_PATIENCE.without);
      waiting = true;
    });
    session.on('accepted', () => {
      if (!mine()) return;
      this.#sounding();
      this.#changed({ phase: 'talking', since: new Date().toISOString() });
      this.#look(session);
    });
    const over = ({ cause }: { cause: string }, failed: boolean) => {
      if (!mine()) return;
      this.#quiet();
      this.#session = this.#call = null;
      this.listener.call(null, failed ? cause : undefined);
      if (this.#retired) this.stop();
    };
    session.on('ended', (event) => over(event, false));
    session.on('failed', (event) => over(event, true));
    this.#call = call;
    this.listener.call(call);
  }

  #listens(connection: RTCPeerConnection) {
    connection.addEventListener('track', ({ track }) => {
      this.#sounding();
      this.heard.hear(track);
    });
  }

  #changed(change: Partial<LineCall>) {
    if (!this.#call) return;
    this.#call = { ...this.#call, ...change };
    this.listener.call(this.#call);
  }

  #sound(end: () => void) {
    this.#sounding();
    this.#sounding = () => {
      end();
      this.#sounding = () => {};
    };
  }

  #quiet() {
    this.#sounding();
    clearInterval(this.#looking);
    this.heard.hearNothing();
  }

  /** Look every two seconds how the call sounds. */
  #look(session: RTCSession) {
    let before = { lost: 0, received: 0, energy: -1 };
    let silent = 0;
    clearInterval(this.#looking);
    this.#looking = setInterval(async () => {
      const now = await heard(session.connection);
      const lost = now.lost - before.lost;
      const all = lost + now.received - before.received;
      silent = now.energy === before.energy && !this.#call?.muted ? silent + 1 : 0;
      before = now;
      this.listener.quality({ loss: all > 0 ? Math.max(0, lost) / all : 0, silent: silent >= SILENT_LOOKS });
    }, LOOK_EVERY);
  }
}

async function heard(connection: RTCPeerConnection): Promise<{ lost: number; received: number; energy: number }> {
  const found = { lost: 0, received: 0, energy: 0 };
  for (const one of (await connection.getStats()).values()) {
    if (one.type === 'inbound-rtp') Object.assign(found, { lost: one.packetsLost, received: one.packetsReceived });
    if (one.type === 'media-source') found.energy = one.totalAudioEnergy ?? -1;
  }
  return found;
}
