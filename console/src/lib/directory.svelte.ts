/** The names of a team's people, agents and queues, and whatever else screens name by id. */

import { SvelteMap } from 'svelte/reactivity';
import { api, asked, type Schemas } from './api';
import { fullName } from './format';

class Directory {
  agents = new SvelteMap<string, Schemas['Agent']>();
  queues = new SvelteMap<string, Schemas['Queue']>();
  people = new SvelteMap<string, Schemas['Member']>();
  numbers = new SvelteMap<string, Schemas['Number']>();
  #team = '';
  #reading: Promise<void> | null = null;

  /** Read them, unless they are there. Throws ApiError, Offline. */
  load(team: string): Promise<void> {
    if (team !== this.#team) {
      this.#team = team;
      this.#reading = this.#read(team);
      this.#reading.catch(() => (this.#team = ''));
    }
    return this.#reading!;
  }

  /** Read them again. */
  reload(team: string): Promise<void> {
    this.#team = '';
    return this.load(team);
  }

  async #read(team: string) {
    const path = { team_id: team };
    const query = { limit: 1000 };
    const [agents, queues, people, numbers] = await Promise.all([
      asked(api.GET('/v1/team/{team_id}/ccagentconfig', { params: { path, query } })),
      asked(api.GET('/v1/team/{team_id}/ccqueueconfig', { params: { path, query } })),
      asked(api.GET('/v1/team/{team_id}/users', { params: { path, query } })),
      asked(api.GET('/v1/didnumber', { params: { query: { ...query, team: [team] } } })),
    ]);
    fill(this.agents, agents, (one) => one.id);
    fill(this.queues, queues, (one) => one.id);
    fill(this.people, people, (one) => one.id);
    fill(this.numbers, numbers, (one) => one.id);
  }

  agent(id: string | null | undefined): string {
    return (id && this.agents.get(id)?.name) || '';
  }

  queue(id: string | null | undefined): string {
    return (id && this.queues.get(id)?.name) || '';
  }

  person(id: string | null | undefined): string {
    const found = id ? this.people.get(id) : undefined;
    return fullName(found) || (found?.email ?? '');
  }

  /** The name of a member, by the membership's id. */
  member(id: string | null | undefined): string {
    for (const one of this.people.values()) if (one.teamUserId === id) return this.person(one.id);
    return '';
  }
}

function fill<T>(map: SvelteMap<string, T>, found: T[], id: (one: T) => string) {
  map.clear();
  for (const one of found) map.set(id(one), one);
}

export const directory = new Directory();
