import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choicesIn, columns, levels, parts, sums, type Row } from '../src/lib/reports.ts';

const NOON = '2026-10-20T12:00:00.000Z';
const ONE = '2026-10-20T13:00:00.000Z';

function row(from: string, figures: Record<string, number>): Row {
  return { id: 'a', name: 'Sales', from, to: ONE, ...figures } as unknown as Row;
}

const asked = (query: string) => choicesIn(new URLSearchParams(query));

test('an address that says nothing asks for the calls of a week by queue and day', () => {
  assert.deepEqual(asked(''), { of: 'calls', by: 'queue', days: 7, interval: 'day' });
  assert.deepEqual(asked('days=1&by=number'), { of: 'calls', by: 'number', days: 1, interval: 'hour' });
});

test('an address with conversations asks for what they have', () => {
  const wanted = { of: 'conversations', by: 'agent', days: 30, interval: 'none' };
  assert.deepEqual(asked('of=conversations&by=agent&days=30&interval=none'), wanted);
  assert.equal(asked('of=conversations&by=number').by, 'queue');
  assert.deepEqual(asked('of=faxes&by=team'), asked(''));
});

test('figures that conversations never have are not shown', () => {
  const never = ['abandoned', 'wrap_up', 'aht', 'occupancy', 'calls'];
  for (const by of ['queue', 'agent'] as const) {
    const figures = columns('conversations', by).map((one) => one.figure);
    assert.ok(figures.length > 3);
    assert.deepEqual(figures.filter((name) => never.includes(name)), []);
    assert.ok(!parts('conversations', by).some((part) => part.title === 'figure.abandoned'));
  }
  assert.deepEqual(columns('conversations', 'number'), []);
  assert.ok(columns('calls', 'queue').some((one) => one.figure === 'abandoned'));
});

test('the parts of a bar are all that was offered', () => {
  const calls = row(NOON, { offered: 10, answered: 6, abandoned: 3 });
  assert.deepEqual(parts('calls', 'queue').map((part) => part.of(calls)), [6, 3, 1]);
  const conversations = row(NOON, { offered: 10, answered: 6, passed_on: 3, left: 1 });
  assert.deepEqual(parts('conversations', 'queue').map((part) => part.of(conversations)), [6, 4]);
  assert.deepEqual(parts('conversations', 'agent').map((part) => part.of(row(NOON, { answered: 2 }))), [2]);
});

test('queues are added up, time by time', () => {
  const rows = [
    row(NOON, { offered: 4, answered_in_threshold: 1, waiting: 0 }),
    row(NOON, { offered: 6, answered_in_threshold: 2, waiting: 2, short_abandons: 2 }),
    row(ONE, { offered: 0, answered_in_threshold: 0, waiting: 0 }),
  ];
  assert.deepEqual(sums(rows, [NOON, ONE], (one) => ('offered' in one ? one.offered : 0)), [10, 0]);
  assert.deepEqual(levels(rows, [NOON, ONE]), [0.5, null]);
});
