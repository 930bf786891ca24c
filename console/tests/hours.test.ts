import assert from 'node:assert/strict';
import test from 'node:test';
import { isDay, isSpan, overMidnight, withDays, workingWeek } from '../src/lib/hours.ts';

test('a span has two times, and may go over midnight', () => {
  for (const span of [['09:00', '17:00'], ['00:00', '24:00'], ['21:30', '02:00']] as [string, string][]) assert.ok(isSpan(span));
  for (const span of [['9:00', '17:00'], ['24:00', '01:00'], ['09:00', '09:00'], ['', '17:00'], ['09:60', '17:00']] as [string, string][])
    assert.ok(!isSpan(span), span.join());
  assert.ok(overMidnight(['21:30', '02:00']));
  assert.ok(overMidnight(['21:30', '00:00']));
  assert.ok(!overMidnight(['09:00', '24:00']));
  assert.ok(!overMidnight(['21:30', '2:00']));
});

test('a day is a date, or one of every year', () => {
  for (const day of ['2027-12-25', '12-25', '02-29', '2028-02-29']) assert.ok(isDay(day), day);
  for (const day of ['2027-02-29', '13-01', '12-32', '25.12.', '', '2027-12']) assert.ok(!isDay(day), day);
});

test('days stand once and in their order', () => {
  assert.deepEqual(withDays(['12-25', ''], ['01-01', '12-25']), ['01-01', '12-25']);
  assert.deepEqual(Object.keys(workingWeek('Europe/Berlin').weekly), ['mon', 'tue', 'wed', 'thu', 'fri']);
});
