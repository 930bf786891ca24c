import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined } from '../src/lib/pages.ts';
import { placeholdersIn } from '../src/lib/placeholders.ts';

const same = (one: string) => one;

test('what lies behind the first page stays when that is read again', () => {
  assert.deepEqual(joined(['e', 'd', 'c'], ['d', 'c', 'b', 'a'], same), { list: ['e', 'd', 'c', 'b', 'a'], kept: true });
  assert.deepEqual(joined(['c', 'b'], ['c', 'b'], same), { list: ['c', 'b'], kept: false });
});

test('where something may be missing between them, the page stands alone', () => {
  assert.deepEqual(joined(['z', 'y'], ['b', 'a'], same), { list: ['z', 'y'], kept: false });
  assert.deepEqual(joined([], ['a'], same), { list: [], kept: false });
});

test('placeholders are named once', () => {
  assert.deepEqual(placeholdersIn('Hi {{first_name}}, {{ order }} of {{first_name}}: {{no name}} {x}'), ['first_name', 'order']);
});
