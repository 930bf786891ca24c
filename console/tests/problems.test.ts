import assert from 'node:assert/strict';
import test from 'node:test';
import { inboxProblems, problemOf, problemsBelow } from '../src/lib/problems.ts';

const FOUND = { 'hours.weekly': 'mon: no span', 'hours.weekly.tue': 'no list', hours: 'Required', name: 'Too long' };

test('a problem belongs to a field, or to a part of it', () => {
  assert.equal(problemOf(FOUND, 'name'), 'Too long');
  assert.equal(problemOf(FOUND, 'hours'), 'mon: no span; no list; Required');
  assert.equal(problemOf(FOUND, 'hour'), '');
  assert.deepEqual(problemsBelow(FOUND, 'hours'), { weekly: 'mon: no span; no list', '': 'Required' });
});

test('the inbox names all fields in one text', () => {
  assert.deepEqual(inboxProblems('settings.hours.weekly: mon: no span; name: a date; or a day'), {
    'settings.hours.weekly': 'mon: no span',
    name: 'a date; or a day',
  });
  assert.deepEqual(inboxProblems('The channel is not connected.'), { message: 'The channel is not connected.' });
});
