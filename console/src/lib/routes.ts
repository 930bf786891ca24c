/** Documents of call routes: what an editor does with them, without a screen. Each change returns a new document. */

import type { Schemas } from './api';

export interface Block {
  type: string;
  settings?: Record<string, unknown>;
  exits?: Record<string, string | null>;
}
export interface RouteDocument {
  name: string;
  entry: string;
  blocks: Record<string, Block>;
}
/** Return the document of a saved route. */
export function documentOf(route: Schemas['Route'] | Schemas['WholeVersion']): RouteDocument {
  return { name: route.name, entry: route.entry, blocks: route.blocks as RouteDocument['blocks'] };
}

export type BlockType = Schemas['BlockType'];

function caseNames(settings: Record<string, unknown> | undefined): string[] {
  const cases = settings?.cases;
  return Array.isArray(cases) ? cases.map((one: { name?: unknown }) => String(one?.name ?? '')) : [];
}

/** Return the exits of a block: those of its type, those that its settings name, and those that lead somewhere. */
export function exitsOf(block: Block, type: Pick<BlockType, 'exits' | 'names_exits'> | undefined): string[] {
  const named: string[] = [];
  if (type?.names_exits) {
    const branches = block.settings?.branches;
    named.push(...caseNames(block.settings));
    if (branches && typeof branches === 'object') named.push(...Object.keys(branches));
  }
  const all = [...named, ...(type?.exits ?? []), ...Object.keys(block.exits ?? {})];
  return [...new Set(all.filter(Boolean))];
}

/** Return the first of `queue-2`, `queue-3` and so on that is not taken. `number`: the one to begin with. */
function numbered(word: string, number: number, taken: string[]): string {
  while (taken.includes(`${word}-${number}`)) number += 1;
  return `${word}-${number}`;
}

/** Return an id like `queue-2` that no block has. */
export function freeId(document: RouteDocument, type: string): string {
  const taken = Object.keys(document.blocks);
  return taken.includes(type) ? numbered(type, 2, taken) : type;
}

function withBlock(document: RouteDocument, id: string, block: Block): RouteDocument {
  return { ...document, blocks: { ...document.blocks, [id]: block } };
}

/** One comparison: `variable` or `figure`, `is` and, for most operators, `value`. */
export interface Condition {
  [subject: string]: unknown;
  is: string;
}
export interface Case {
  name: string;
  when: Condition[];
}

/** Return a name that no case has. */
export function freeCase(cases: Case[]): string {
  return numbered('case', cases.length + 1, cases.map((one) => one.name));
}

/** Return the exits after the cases changed: that of a case with a new name goes along, that of a case that is gone
 * goes with it. */
function followed(exits: Block['exits'], before: string[], after: string[]): Block['exits'] {
  if (!exits || before.join() === after.join()) return exits;
  const found = { ...exits };
  for (const [index, name] of before.entries()) {
    if (after.includes(name) || !(name in found)) continue;
    const next = after[index];
    if (before.length === after.length && next !== undefined && !before.includes(next)) found[next] = found[name]!;
    delete found[name];
  }
  return found;
}

/** Set what a setting holds; null takes it out. */
export function withSetting(document: RouteDocument, id: string, name: string, value: unknown): RouteDocument {
  const block = document.blocks[id]!;
  const settings = { ...block.settings, [name]: value };
  if (value === null || value === undefined || value === '') delete settings[name];
  const exits = name === 'cases' ? followed(block.exits, caseNames(block.settings), caseNames(settings)) : block.exits;
  return withBlock(document, id, { ...block, settings, ...(exits ? { exits } : {}) });
}

/** Lead an exit to a block; an empty target: to none. */
export function withExit(document: RouteDocument, id: string, exit: string, target: string): RouteDocument {
  const block = document.blocks[id]!;
  const exits = { ...block.exits, [exit]: target };
  if (!target) delete exits[exit];
  return withBlock(document, id, { ...block, exits });
}

/** Add a block of this type, behind the exit of another if they are named. The new block's free `next` goes on where
 * the exit led until now. */
export function withNew(
  document: RouteDocument,
  id: string,
  type: Pick<BlockType, 'type' | 'exits'>,
  behind: { block: string; exit: string } | null,
): RouteDocument {
  const before = behind ? (document.blocks[behind.block]?.exits?.[behind.exit] ?? '') : '';
  const exits: Record<string, string> = before && type.exits.includes('next') ? { next: before } : {};
  const added = withBlock(document, id, { type: type.type, settings: {}, exits });
  return behind ? withExit(added, behind.block, behind.exit, id) : added;
}

/** Take a block out. What led to it leads nowhere; if it was the entry, the first of the others is. */
export function without(document: RouteDocument, id: string): RouteDocument {
  const blocks: Record<string, Block> = {};
  for (const [key, block] of Object.entries(document.blocks)) {
    if (key === id) continue;
    const exits = Object.entries(block.exits ?? {}).filter(([, target]) => target !== id);
    blocks[key] = { ...block, ...(block.exits ? { exits: Object.fromEntries(exits) } : {}) };
  }
  const entry = document.entry === id ? (Object.keys(blocks)[0] ?? '') : document.entry;
  return { ...document, entry, blocks };
}

/** Give a block another id, everywhere. */
export function renamed(document: RouteDocument, from: string, to: string): RouteDocument {
  const blocks: Record<string, Block> = {};
  for (const [key, block] of Object.entries(document.blocks)) {
    const exits = Object.entries(block.exits ?? {}).map(([exit, target]) => [exit, target === from ? to : target]);
    blocks[key === from ? to : key] = { ...block, ...(block.exits ? { exits: Object.fromEntries(exits) } : {}) };
  }
  return { ...document, entry: document.entry === from ? to : document.entry, blocks };
}

export interface Difference {
  block: string;
  kind: 'added' | 'removed' | 'changed';
  /** The setting or the exit (`→ timeout`), the type or the document's field; empty for a whole block. */
  field: string;
  before: unknown;
  after: unknown;
}

/** Return what differs between two documents, block by block. */
export function differences(before: RouteDocument, after: RouteDocument): Difference[] {
  const found: Difference[] = [];
  for (const field of ['name', 'entry'] as const) {
    if (before[field] !== after[field]) {
      found.push({ block: '', kind: 'changed', field, before: before[field], after: after[field] });
    }
  }
  for (const id of new Set([...Object.keys(before.blocks), ...Object.keys(after.blocks)])) {
    const [old, now] = [before.blocks[id], after.blocks[id]];
    if (!old) found.push({ block: id, kind: 'added', field: '', before: null, after: now!.type });
    else if (!now) found.push({ block: id, kind: 'removed', field: '', before: old.type, after: null });
    else found.push(...changes(id, old, now));
  }
  return found;
}

function changes(block: string, old: Block, now: Block): Difference[] {
  const flat = (one: Block) => ({
    type: one.type,
    ...one.settings,
    ...Object.fromEntries(Object.entries(one.exits ?? {}).map(([exit, target]) => [`→ ${exit}`, target])),
  });
  const [left, right]: Record<string, unknown>[] = [flat(old), flat(now)];
  return [...new Set([...Object.keys(left!), ...Object.keys(right!)])]
    .filter((field) => JSON.stringify(left![field]) !== JSON.stringify(right![field]))
    .map((field) => ({ block, kind: 'changed', field, before: left![field] ?? null, after: right![field] ?? null }));
}

export function same(one: RouteDocument, other: RouteDocument): boolean {
  return differences(one, other).length === 0;
}
