import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screenOf } from '../src/lib/screens.ts';

test('a path leads to its screen, with the id in it', () => {
  assert.equal(screenOf('/calls')?.screen.path, '/calls');
  assert.equal(screenOf('/calls/a1%2Fb')?.id, 'a1/b');
});

test('a path that no screen has, or that cannot be read, leads nowhere', () => {
  for (const path of ['/nowhere', '/calls/a/b', '/calls/', '/calls/%E0%A4%A', '//evil.example/x']) {
    assert.equal(screenOf(path), null, path);
  }
});
