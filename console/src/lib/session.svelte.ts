/** Who is signed in, and in which team they look. */

import { ApiError, api, asked, onSignedOut, type Schemas } from './api';
import { forgetDrafts } from './drafts';

export type Team = Schemas['TeamSummary'];
export type Me = Schemas['Own'];
export type Agent = Schemas['Agent'];

const TEAM_KEY = 'switchroom.team';
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

  async signOut() {
    await asked(api.DELETE('/console/session'));
    tabs.postMessage('out');
    this.forget();
  }

  /** Show the sign-in form, in a new page: nothing of this user may stay in it. */
  forget() {
    forgetDrafts();
    if (this.state === 'in') location.reload();
    else this.state = 'out';
  }

  async choose(team: Team) {
    localStorage.setItem(TEAM_KEY, team.id);
    this.team = team;
    await this.#read(team);
  }

  async #enter() {
    try {
      const me = await asked(api.GET('/v1/user/me', { params: { query: { populate: 'teams' } } }));
      const teams = me.teams as Team[];
      const kept = localStorage.getItem(TEAM_KEY);
      const team = teams.find((one) => one.id === kept) ?? teams[0] ?? null;
      this.me = me;
      this.teams = teams;
      this.team = team;
      if (team) await this.#read(team);
      this.state = 'in';
    } catch (error) {
      this.#failed(error);
    }
  }

  async #read(team: Team) {
    const me = this.me!;
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
tabs.onmessage = ({ data }) => {
  if (data === 'out' && session.state === 'in') session.forget();
  else if (session.state === 'out') void session.start();
};
