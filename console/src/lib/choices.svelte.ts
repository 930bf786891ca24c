/** What a setting may refer to: the team's queues, people and so on, as pairs of id and name. */

import { api, asked, type Schemas } from './api';
import { directory } from './directory.svelte.ts';
import { t } from './messages.svelte.ts';
import { session } from './session.svelte.ts';

type Choice = [string, string];

class Team {
  routes = $state.raw<Schemas['Route'][]>([]);
  departments = $state.raw<Schemas['Department'][]>([]);
  sounds = $state.raw<string[]>([]);
  prompts = $state.raw<Schemas['Prompt'][]>([]);

  /** Read what the directory does not have. Throws ApiError, Offline. */
  async load() {
    const id = session.team!.id;
    const query = { limit: 1000, team: [id] };
    const path = { team_id: id };
    const [routes, departments, sounds, prompts] = await Promise.all([
      asked(api.GET('/v1/callroute', { params: { query } })),
      asked(api.GET('/v1/department', { params: { query } })),
      asked(api.GET('/v1/team/{team_id}/sounds', { params: { path } })),
      asked(api.GET('/v1/prompt', { params: { query } })),
      directory.load(id),
    ]);
    this.routes = routes;
    this.departments = departments;
    this.sounds = sounds.map((one) => one.name);
    this.prompts = prompts;
  }

  zones(): Choice[] {
    const own = session.team?.timezone ?? 'UTC';
    return [...new Set([own, ...Intl.supportedValuesOf('timeZone'), 'UTC'])].map((zone) => [zone, zone]);
  }
}

export const team = new Team();

/** Return objects as choices. */
export function named(all: Iterable<{ id: string; name: string }>): Choice[] {
  return [...all].map((one) => [one.id, one.name]);
}

const byName = (choices: Choice[]) => choices.toSorted((one, other) => one[1].localeCompare(other[1]));

/** Return what may be chosen; null: nothing of the team is referred to. */
export function teamChoices(refersTo: string | null): Choice[] | null {
  const queues = named(directory.queues.values());
  const people = [...directory.people.values()].map((one): Choice => [one.id, directory.person(one.id)]);
  const departments = named(team.departments);
  switch (refersTo) {
    case 'queue':
      return byName(queues);
    case 'agent':
      return byName(named(directory.agents.values()));
    case 'user':
      return byName(people);
    case 'department':
      return byName(departments);
    case 'route':
      return byName(named(team.routes));
    case 'music':
      return byName([['default', 'default'], ...named(team.prompts.filter((one) => one.kind === 'music'))]);
    case 'mailbox':
      return [
        [`team ${session.team!.id}`, `${t('team')}: ${session.team!.team_name}`],
        ...byName(queues.map(([id, name]) => [`queue ${id}`, `${t('queue')}: ${name}`])),
        ...byName(departments.map(([id, name]) => [`department ${id}`, `${t('block.department')}: ${name}`])),
        ...byName(people.map(([id, name]) => [`user ${id}`, name])),
      ];
    default:
      return null;
  }
}

/** Return the team's people but its guests. */
export function members(): Choice[] {
  return teamChoices('user')!.filter(([id]) => directory.people.get(id)?.role !== 'guest');
}
