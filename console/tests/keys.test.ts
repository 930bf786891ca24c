import assert from 'node:assert/strict';
import test from 'node:test';
import { chosen, keysOf, letterOf, SHORTCUTS } from '../src/lib/keys.ts';

const pressed = (key: string, code: string, more = {}) => letterOf({ altKey: true, ctrlKey: false, key, code, ...more });

test('a shortcut is Alt and a letter, also where Alt makes another sign of it', () => {
  assert.equal(pressed('A', 'KeyA'), 'a');
  assert.equal(pressed('z', 'KeyY'), 'z');
  assert.equal(pressed('å', 'KeyA'), 'a');
  assert.equal(pressed('Enter', 'Enter'), '');
  assert.equal(pressed('a', 'KeyA', { ctrlKey: true }), '');
  assert.equal(pressed('a', 'KeyA', { altKey: false }), '');
});

test('each shortcut has a letter of its own', () => {
  const keys = chosen({ ...SHORTCUTS }, 'answer', 'H');
  assert.deepEqual([keys.answer, keys.hold], ['h', 'a']);
  assert.equal(chosen(keys, 'mute', '?'), keys);
  assert.deepEqual(chosen(keys, 'mute', 'm'), keys);
});

test('what was kept is read, and nonsense is not', () => {
  assert.deepEqual(keysOf(null), SHORTCUTS);
  assert.deepEqual(keysOf('not JSON'), SHORTCUTS);
  assert.deepEqual(keysOf('{"mute": "x", "fly": "f", "hold": "??"}'), { ...SHORTCUTS, mute: 'x' });
  assert.deepEqual(keysOf(JSON.stringify({ ...SHORTCUTS, answer: 'h', hold: 'a' })), { ...SHORTCUTS, answer: 'h', hold: 'a' });
});
