import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../src/lib/told.ts';

const NAMES: Record<string, string> = { a1: 'Sales', a2: 'Demo Company' };
const WORDS = {
  name: (id: string) => NAMES[id] ?? '',
  setting: (name: string) => name.toUpperCase(),
  choice: (setting: string, value: string) => (setting === 'strategy' ? value.replace('-', ' ') : value),
  day: (day: string) => day,
  operator: (is: string) => ({ equals: 'is' })[is] ?? is,
  yes: 'yes',
  no: 'no',
};
const say = (value: unknown) => told(value, WORDS);

test('what a setting refers to is told by its name', () => {
  assert.equal(say('a1'), 'Sales');
  assert.equal(say({ kind: 'team', id: 'a2' }), 'Demo Company');
  assert.equal(say({ say: 'Good morning', language: 'en' }), '“Good morning”');
  assert.equal(say([{ say: 'Hello' }, 'queue-thankyou']), '“Hello”; queue-thankyou');
  assert.equal(say(false), 'no');
  assert.equal(say(30), '30');
  for (const nothing of [null, '', [], {}]) assert.equal(say(nothing), '–');
});

test('days that are open alike are told together', () => {
  const day = [['09:00', '17:00']];
  const week = { mon: day, tue: day, wed: day, fri: [['09:00', '12:00'], ['13:00', '15:00']], sat: [], sun: day };
  assert.equal(say(week), 'mon–wed 09:00–17:00; fri 09:00–12:00, 13:00–15:00; sun 09:00–17:00');
  assert.equal(say({ '12-24': [['09:00', '12:00']] }), '12-24: 09:00–12:00');
});

test('conditions and changes', () => {
  const cases = [{ name: 'vip', when: [{ variable: 'level', is: 'equals', value: 'gold' }, { variable: 'city', is: 'empty' }] }];
  assert.equal(say(cases), 'vip: level is gold, city empty');
  assert.equal(say({ from: null, to: 'a1' }), '– → Sales');
  assert.equal(told({ from: 'ring-all', to: 'round-robin' }, WORDS, 'strategy'), 'ring all → round robin');
  assert.equal(say({ wrap_up: 5, tags: ['one', 'two'] }), 'WRAP_UP: 5; TAGS: one, two');
});
