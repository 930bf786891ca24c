import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAtATime } from '../src/lib/refresh.ts';

test('a hundred changes while it is read cost one more read', async () => {
  let reads = 0;
  let done = () => {};
  const refresh = oneAtATime(() => {
    reads += 1;
    return new Promise<void>((resolve) => (done = resolve));
  });
  const first = refresh();
  for (let number = 0; number < 100; number += 1) void refresh();
  assert.equal(reads, 1);
  done();
  await new Promise((later) => setImmediate(later));
  assert.equal(reads, 2);
  done();
  await first;
  assert.equal(reads, 2);
});

test('a read that fails does not stop the next one', async () => {
  let reads = 0;
  const refresh = oneAtATime(async () => {
    reads += 1;
    if (reads === 1) throw new Error('away');
  });
  await assert.rejects(refresh());
  await refresh();
  assert.equal(reads, 2);
});
