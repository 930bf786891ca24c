import assert from 'node:assert/strict';
import test from 'node:test';
import { layout } from '../src/lib/layout.ts';
import { differences, exitsOf, freeCase, freeId, renamed, same, withExit, without, withNew, withSetting } from '../src/lib/routes.ts';

const ROUTE = {
  name: 'Main',
  entry: 'menu',
  blocks: {
    menu: { type: 'menu', settings: { sound: 'hello' }, exits: { '1': 'sales', '2': 'sales', timeout: 'bye' } },
    sales: { type: 'queue', settings: { queue: 'q' }, exits: { timeout: 'menu' } },
    bye: { type: 'hangup' },
  },
};

test('a change leaves the document before it as it was', () => {
  const before = JSON.stringify(ROUTE);
  const changed = withSetting(withExit(ROUTE, 'menu', '3', 'bye'), 'sales', 'timeout', 60);
  assert.deepEqual(changed.blocks.menu!.exits, { '1': 'sales', '2': 'sales', timeout: 'bye', '3': 'bye' });
  assert.deepEqual(differences(ROUTE, changed), [
    { block: 'menu', kind: 'changed', field: '→ 3', before: null, after: 'bye' },
    { block: 'sales', kind: 'changed', field: 'timeout', before: null, after: 60 },
  ]);
  assert.equal(JSON.stringify(ROUTE), before);
  assert.ok(same(ROUTE, withSetting(withExit(changed, 'menu', '3', ''), 'sales', 'timeout', null)));
});

test('a new block comes between an exit and where it led', () => {
  const type = { type: 'play', exits: ['next'] };
  const changed = withNew(ROUTE, 'play', type, { block: 'menu', exit: 'timeout' });
  assert.equal(changed.blocks.menu!.exits!.timeout, 'play');
  assert.deepEqual(changed.blocks.play!.exits, { next: 'bye' });
  assert.equal(freeId(changed, 'play'), 'play-2');
});

test('a block is taken out and renamed everywhere', () => {
  assert.deepEqual(without(ROUTE, 'sales').blocks.menu!.exits, { timeout: 'bye' });
  assert.equal(without(ROUTE, 'menu').entry, 'sales');
  const changed = renamed(ROUTE, 'menu', 'start');
  assert.equal(changed.entry, 'start');
  assert.equal(changed.blocks.sales!.exits!.timeout, 'start');
  assert.deepEqual(Object.keys(changed.blocks), ['start', 'sales', 'bye']);
});

test('settings name exits', () => {
  const type = { exits: ['else'], names_exits: true };
  assert.deepEqual(exitsOf({ type: 'match', settings: { cases: [{ name: 'gold' }, {}] } }, type), ['gold', 'else']);
  assert.deepEqual(exitsOf({ type: 'percent', settings: { branches: { a: 1 } }, exits: { b: 'x' } }, type), ['a', 'else', 'b']);
});

test('the graph goes from left to right, and lines that go back move nothing', () => {
  const found = layout(ROUTE);
  assert.deepEqual(found.places.get('menu'), { column: 0, row: 0 });
  assert.equal(found.places.get('sales')!.column, 1);
  assert.deepEqual(found.lines.map((line) => line.exits), [['1', '2'], ['timeout'], ['timeout']]);
  const places = [...found.places.values()].map((place) => `${place.column} ${place.row}`);
  assert.equal(new Set(places).size, places.length);
});

test('a large graph is laid out at once', () => {
  const blocks = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [
      `b${n}`,
      { type: 'menu', exits: Object.fromEntries([1, 2, 3].map((k) => [`${k}`, `b${(n * k + k) % 500}`])) },
    ]),
  );
  assert.equal(layout({ name: '', entry: 'b0', blocks }).places.size, 500);
});

test('the exit of a case goes along with its name', () => {
  const cases = [{ name: 'gold', when: [] }, { name: 'old', when: [] }];
  const route = { ...ROUTE, blocks: { tier: { type: 'match', settings: { cases }, exits: { gold: 'a', old: 'b', else: 'c' } } } };
  const named = (...names: string[]) => names.map((name) => ({ name, when: [] }));
  const exits = (...names: string[]) => withSetting(route, 'tier', 'cases', named(...names)).blocks.tier!.exits;
  assert.deepEqual(exits('golden', 'old'), { golden: 'a', old: 'b', else: 'c' });
  assert.deepEqual(exits('', 'old'), { '': 'a', old: 'b', else: 'c' });
  assert.deepEqual(exits('old', 'gold'), { gold: 'a', old: 'b', else: 'c' });
  assert.deepEqual(exits('old'), { old: 'b', else: 'c' });
  assert.deepEqual(exits('gold', 'old', 'new'), { gold: 'a', old: 'b', else: 'c' });
  assert.equal(freeCase(named('a', 'case-3')), 'case-4');
});
