/** The route that is edited: the draft with its steps back and forth, what is wrong with it, and what is chosen. */

import { SvelteMap } from 'svelte/reactivity';
import { reason } from './acts.svelte.ts';
import { api, asked, type Schemas } from './api';
import { draftOf, keepDraft } from './drafts';
import { documentOf, same, type BlockType, type RouteDocument } from './routes';

type Route = Schemas['Route'];
export type Check = Schemas['Check'];
export type Problem = { block: string | null; field: string; message: string; severity: 'error' | 'warning' | 'info' };

/** Milliseconds without a change after which the draft is checked. */
const QUIET = 400;
const STEPS = 200;

export class Editor {
  route = $state.raw<Route>(null!);
  types: BlockType[];
  document = $state.raw<RouteDocument>(null!);
  chosen = $state('');
  check = $state.raw<Check | null>(null);
  checking = $state(false);
  failure = $state('');
  /** It grows whenever the document changes other than by the form that shows it. */
  turn = $state(0);
  #past = $state.raw<RouteDocument[]>([]);
  #future = $state.raw<RouteDocument[]>([]);
  #last = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  readonly changed = $derived(!same(documentOf(this.route), this.document));
  readonly canUndo = $derived(this.#past.length > 0);
  readonly canRedo = $derived(this.#future.length > 0);
  readonly block = $derived(this.document.blocks[this.chosen]);
  /** All that is wrong, or worth to know, by block. What concerns the document has the key `''`. */
  readonly problems = $derived.by(() => {
    const found = new SvelteMap<string, Problem[]>();
    const all: Problem[] = [
      ...(this.check?.problems ?? []).map((one) => ({ ...one, severity: 'error' as const })),
      ...(this.check?.findings ?? [])
        .filter((one) => one.severity !== 'info' && one.route === null)
        .map((one) => ({ block: one.block, field: one.exit ? `exits.${one.exit}` : '', message: one.message, severity: one.severity })),
    ];
    for (const one of all) found.set(one.block ?? '', [...(found.get(one.block ?? '') ?? []), one]);
    return found;
  });
  readonly errors = $derived(this.check ? this.check.problems.length : 0);

  constructor(route: Route, types: BlockType[]) {
    this.types = types;
    this.route = route;
    const kept = read(route.id);
    this.document = kept?.version === route.version ? kept.document : documentOf(route);
    this.chosen = this.document.entry;
    void this.#check();
  }

  type(name: string): BlockType | undefined {
    return this.types.find((one) => one.type === name);
  }

  /** Change the draft. Changes with the same `key` one after another are one step. */
  change(key: string, next: RouteDocument) {
    if (same(next, this.document)) return;
    if (key !== this.#last || !this.#past.length) this.#past = [...this.#past.slice(-STEPS), this.document];
    this.#last = key;
    this.#future = [];
    this.#show(next);
  }

  /** Change the draft other than by its own form: every form is made anew. */
  replace(next: RouteDocument) {
    this.change(`replace ${this.turn}`, next);
    this.turn += 1;
  }

  undo() {
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.document, ...this.#future];
    this.#step(before);
  }

  redo() {
    const after = this.#future[0];
    if (!after) return;
    this.#future = this.#future.slice(1);
    this.#past = [...this.#past, this.document];
    this.#step(after);
  }

  /** Save the draft as the next version. Throws ApiError, Offline. */
  async publish() {
    const params = { path: { route_id: this.route.id }, header: { 'If-Match': `"${this.route.updated_at}"` } };
    const body = this.document as unknown as Schemas['RouteUpdate'];
    this.saved(await asked(api.PATCH('/v1/callroute/{route_id}', { params, body })));
  }

  /** Note what is stored now. */
  saved(route: Route) {
    this.route = route;
    this.#past = [];
    this.#future = [];
    this.#last = '';
    this.#show(documentOf(route));
    this.turn += 1;
  }

  #step(document: RouteDocument) {
    this.#last = '';
    this.turn += 1;
    this.#show(document);
  }

  #show(document: RouteDocument) {
    this.document = document;
    if (!(this.chosen in document.blocks)) this.chosen = document.entry;
    keep(this.route, this.changed ? document : null);
    clearTimeout(this.#timer);
    this.checking = true;
    this.#timer = setTimeout(() => void this.#check(), QUIET);
  }

  async #check() {
    const turn = (this.#asked += 1);
    this.checking = true;
    try {
      const { entry, blocks } = this.document;
      const body = { route: this.route.id, entry, blocks } as unknown as Schemas['RouteValidate'];
      const found = await asked(api.POST('/v1/callroute/check', { body }));
      if (turn !== this.#asked) return;
      this.check = found;
      this.failure = '';
    } catch (error) {
      if (turn === this.#asked) this.failure = reason(error);
    } finally {
      if (turn === this.#asked) this.checking = false;
    }
  }
}

/** Where a route's draft is kept, in its tab. */
const place = (route: string) => `route.${route}`;

function read(route: string): { version: number; document: RouteDocument } | null {
  const text = draftOf(place(route), sessionStorage);
  return text ? JSON.parse(text) : null;
}

function keep(route: Route, document: RouteDocument | null) {
  const text = document ? JSON.stringify({ version: route.version, document }) : '';
  keepDraft(place(route.id), text, sessionStorage);
}
