/** The team as it is now: read once, then kept up to date by the stream of events. */

import { SvelteMap } from 'svelte/reactivity';
import { api, asked, type Schemas } from './api';
import { setClock } from './clock.svelte.ts';
import { oneAtATime } from './refresh';
import { follow, type Change, type Told } from './stream';

export type AgentNow = Schemas['AgentNow'];
export type QueueNow = Schemas['QueueNow'];
export type Call = Schemas['LiveCall'];
type Listener = (change: Change) => void;
/** Milliseconds after which everything is read again, if that failed although the stream is up. */
const AGAIN = 3000;

class Live {
  /** `up`: what is shown is what is. `lost`: the stream is away, and this is what was known last. */
  state = $state<'starting' | 'up' | 'lost' | 'failed'>('starting');
  failure = $state<unknown>(null);
  /** No engine is at work. */
  stale = $state(false);
  /** When the server was heard last. */
  heard = $state(new Date().toISOString());
  agents = new SvelteMap<string, AgentNow>();
  queues = new SvelteMap<string, QueueNow>();
  calls = new SvelteMap<string, Call>();

  #team = '';
  #end = () => {};
  #listeners = new Set<Listener>();
  #readers = new Set<() => void>();
  /** While everything is read: the changes that came meanwhile. */
  #waiting: Change[] | null = null;
  #again = false;
  /** Whether the stream is up. */
  #connected = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** Show this team from now on. */
  start(team: string) {
    if (team === this.#team) return;
    this.stop();
    this.#team = team;
    this.state = 'starting';
    this.#end = follow(team, (told) => this.#told(told));
  }

  stop() {
    this.#end();
    clearTimeout(this.#retry);
    this.#team = '';
    this.#connected = false;
    for (const map of [this.agents, this.queues, this.calls]) map.clear();
  }

  /** Hear every change of the team. Return what ends it. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hear that the stream is up, at first or again: what was read before may be old. Return what ends it. */
  onReady(listener: () => void): () => void {
    this.#readers.add(listener);
    return () => this.#readers.delete(listener);
  }

  /** Read everything. Changes that come meanwhile are newer: they are applied after it. */
  async read() {
    const team = this.#team;
    if (this.#waiting) {
      this.#again = true;
      return;
    }
    this.#waiting = [];
    this.#again = false;
    clearTimeout(this.#retry);
    try {
      const found = await asked(api.GET('/v1/team/{team_id}/live', { params: { path: { team_id: team } } }));
      if (team !== this.#team) return;
      setClock(found.at);
      this.stale = found.stale;
      fill(this.agents, found.agents, (one) => one.agent);
      fill(this.queues, found.queues, (one) => one.queue);
      fill(this.calls, found.calls, (one) => one.id);
      this.heard = found.at;
      this.state = this.#connected ? 'up' : 'lost';
    } catch (error) {
      if (team !== this.#team) return;
      this.failure = error;
      this.state = this.queues.size || this.agents.size ? 'lost' : 'failed';
      if (this.#connected) this.#retry = setTimeout(() => void this.read(), AGAIN);
    } finally {
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const change of waiting) this.#apply(change);
      if (this.#again) void this.read();
    }
  }

  #told(told: Told) {
    if (told.kind === 'ready') {
      this.#connected = true;
      void this.read();
      for (const listener of this.#readers) listener();
    } else if (told.kind === 'lost') {
      this.#connected = false;
      if (this.state === 'up') this.state = 'lost';
      // An answer says more than the stream's end: whether anybody is signed in, and why not.
      if (this.state === 'starting' || told.refused) void this.read();
    } else if (this.#waiting) this.#waiting.push(told.change);
    else this.#apply(told.change);
  }

  #apply(change: Change) {
    this.heard = new Date().toISOString();
    const data = change.data as { live?: unknown } | undefined;
    if (change.model === 'call') {
      if (change.verb === 'destroyed') this.calls.delete(change.id);
      else this.calls.set(change.id, change.data as Call);
    } else if (change.model === 'ccagentconfig' && change.verb === 'messaged') {
      const known = this.agents.get(change.id);
      if (known) this.agents.set(change.id, { ...known, live: data?.live as AgentNow['live'] });
    } else if (change.model === 'ccqueueconfig' && change.verb === 'messaged') {
      const known = this.queues.get(change.id);
      if (known) this.queues.set(change.id, { ...known, live: data?.live as QueueNow['live'] });
    } else if (change.model === 'ccagentconfig' || change.model === 'ccqueueconfig') {
      void this.read();
    }
    for (const listener of this.#listeners) listener(change);
  }
}

function fill<T>(map: SvelteMap<string, T>, found: T[], id: (one: T) => string) {
  const wanted = new Set(found.map(id));
  for (const known of [...map.keys()]) if (!wanted.has(known)) map.delete(known);
  for (const one of found) map.set(id(one), one);
}

export const live = new Live();

/** Return what reads something again, one at a time. While the component is shown that calls this, it is also read when
 * a change fits, and when the stream is up. */
export function kept(read: () => Promise<unknown>, fits: (change: Change) => boolean = () => false): () => Promise<void> {
  const refresh = oneAtATime(read);
  $effect(() => live.on((change) => fits(change) && void refresh()));
  $effect(() => live.onReady(refresh));
  return refresh;
}
