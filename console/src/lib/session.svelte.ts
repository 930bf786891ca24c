/** Who is signed in, and in which team they look. */

import { Act } from './acts.svelte.ts';
import { ApiError, api, asked, onRefused, onSignedOut, type Schemas } from './api';
import { forgetDrafts, keepDraftsOf } from './drafts';
import { oneAtATime } from './refresh';

export type Team = Schemas['TeamSummary'];
export type Me = Schemas['Own'];
export type Agent = Schemas['Agent'];

const TEAM_KEY = 'switchroom.team';
/** Milliseconds between two looks at what the user may do, for things that were refused. */
const LOOK_EVERY = 5000;
const tabs = new BroadcastChannel('switchroom.session');

class Session {
  state = $state<'starting' | 'out' | 'in' | 'failed'>('starting');
  failure = $state<unknown>(null);
  me = $state<Me | null>(null);
  teams = $state<Team[]>([]);
  team = $state<Team | null>(null);
  /** The user's own membership in the team. */
  member = $state<Schemas['Member'] | null>(null);
  /** The user as an agent of the team; null: they are none. */
  agent = $state<Agent | null>(null);
  /** The queues that the user manages, by id. */
  managed = $state<string[]>([]);
  /** Signing out. */
  readonly leaving = new Act();
  #looked = 0;

  get isAdmin(): boolean {
    return this.member?.role === 'admin';
  }

  get isSupervisor(): boolean {
    return this.isAdmin || this.managed.length > 0;
  }

  /** Find out who is signed in. */
  async start() {
    this.state = 'starting';
    try {
      const { user } = await asked(api.GET('/console/session'));
      if (user) await this.#enter();
      else this.state = 'out';
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Sign in. Throws ApiError. */
  async signIn(email: string, password: string, code: string) {
    const body = { email, password, ...(code ? { code } : {}) };
    await asked(api.POST('/console/session', { body }));
    tabs.postMessage('in');
    await this.#enter();
  }

  /** Sign out. If that does not work, `leaving` says why, and the user is still signed in. */
  signOut() {
    return this.leaving.run(async () => {
      await asked(api.DELETE('/console/session'));
      tabs.postMessage('out');
      this.forget();
    });
  }

  /** Show the sign-in form, in a new page: nothing of this user may stay in it. */
  forget() {
    forgetDrafts();
    if (this.state === 'in') location.reload();
    else this.state = 'out';
  }

  /** Look at another team. Throws ApiError, Offline: then the old one stays. */
  async choose(team: Team) {
    await this.#read(this.me!, team);
    localStorage.setItem(TEAM_KEY, team.id);
  }

  /** Find out what the user may do now: somebody may have changed it. */
  look = oneAtATime(async () => {
    if (this.state !== 'in') return;
    this.#looked = Date.now();
    await this.#load().catch(() => {});
  });

  /** Look, as something was refused. What is refused every time is no reason to look every time. */
  refused() {
    if (Date.now() > this.#looked + LOOK_EVERY) void this.look();
  }

  async #enter() {
    try {
      await this.#load();
      this.state = 'in';
    } catch (error) {
      this.#failed(error);
    }
  }

  async #load() {
    const me = await asked(api.GET('/v1/user/me', { params: { query: { populate: 'teams' } } }));
    // Another has signed in in this browser: nothing of the one before may stay in the page.
    if (this.me && this.me.id !== me.id) {
      location.reload();
      return;
    }
    const teams = me.teams as Team[];
    const kept = this.team?.id ?? localStorage.getItem(TEAM_KEY);
    const team = teams.find((one) => one.id === kept) ?? teams[0] ?? null;
    keepDraftsOf(me.id);
    if (team) await this.#read(me, team);
    else this.team = this.member = this.agent = null;
    this.me = me;
    this.teams = teams;
  }

  /** Read what the user is in a team, and look at it from then on. */
  async #read(me: Me, team: Team) {
    const path = { team_id: team.id };
    const [members, agents, queues] = await Promise.all([
      asked(api.GET('/v1/team/{team_id}/users', { params: { path, query: { email: [me.email] } } })),
      asked(
        api.GET('/v1/TeamUser/{team_user_id}/CCAgentConfig', { params: { path: { team_user_id: me.id } } }),
      ),
      asked(api.GET('/v1/team/{team_id}/ccqueueconfig', { params: { path, query: { limit: 1000 } } })),
    ]);
    this.member = members.find((one) => one.id === me.id) ?? null;
    this.agent = agents.find((one) => one.team === team.id) ?? null;
    this.managed = queues
      .filter((queue) => (queue.managers as string[]).includes(me.id))
      .map((queue) => queue.id);
    this.team = team;
  }

  #failed(error: unknown) {
    if (error instanceof ApiError && error.status === 401) this.forget();
    else {
      this.failure = error;
      this.state = 'failed';
    }
  }
}

export const session = new Session();
onSignedOut(() => {
  if (session.state === 'in') session.forget();
});
onRefused(() => session.refused());
tabs.onmessage = ({ data }) => {
  if (data === 'out' && session.state === 'in') session.forget();
  else if (session.state === 'in') void session.look();
  else if (session.state === 'out') void session.start();
};
