import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daysToMonday, morning, wallClock, whenShown } from '../src/lib/zones.ts';

const at = (text: string) => Date.parse(text);
const PARIS = 'Europe/Paris';

test('clocks of a zone, in summer and in winter', () => {
  assert.equal(wallClock(at('2026-07-01T22:30:00Z'), PARIS), '2026-07-02T00:30');
  assert.equal(wallClock(at('2026-12-01T23:30:00Z'), PARIS), '2026-12-02T00:30');
  assert.equal(whenShown('2026-07-02T00:30', PARIS), at('2026-07-01T22:30:00Z'));
  assert.equal(whenShown('2026-12-02T00:30', PARIS), at('2026-12-01T23:30:00Z'));
  assert.ok(Number.isNaN(whenShown('', PARIS)));
});

test('the day on which the clocks change', () => {
  assert.equal(whenShown('2026-03-29T09:00', PARIS), at('2026-03-29T07:00:00Z'));
  assert.equal(whenShown('2026-10-25T09:00', PARIS), at('2026-10-25T08:00:00Z'));
  assert.equal(morning(1, at('2026-10-24T22:30:00Z'), PARIS), at('2026-10-26T08:00:00Z'));
});

test('days are those of the zone', () => {
  assert.equal(morning(1, at('2026-11-29T03:00:00Z'), 'America/Toronto'), at('2026-11-29T14:00:00Z'));
  assert.equal(daysToMonday(at('2026-11-29T03:00:00Z'), 'America/Toronto'), 2);
  assert.equal(daysToMonday(at('2026-11-29T12:00:00Z'), PARIS), 1);
  assert.equal(daysToMonday(at('2026-11-30T12:00:00Z'), PARIS), 7);
});
