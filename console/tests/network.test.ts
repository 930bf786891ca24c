import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGood, reachOf } from '../src/lib/network.ts';

const STUN = { urls: ['stun:turn.example.com'] };
const TURN = { urls: ['turns:turn.example.com:443'] };
const gathered = (complete: boolean, ...types: string[]) => ({ complete, types: new Set(['host', ...types]) });

test('without a server only the local network is reached', () => {
  assert.equal(reachOf([], gathered(true)), 'local');
  assert.equal(isGood('local'), false);
});

test('a relay is best, an address that others see is enough without one', () => {
  assert.equal(reachOf([STUN, TURN], gathered(false, 'srflx', 'relay')), 'relay');
  assert.equal(reachOf([STUN], gathered(false, 'srflx')), 'reflexive');
  assert.equal(reachOf([STUN, TURN], gathered(true, 'srflx')), 'norelay');
});

test('a computer with a public address is told no other one, but a silent server is a fault', () => {
  assert.equal(reachOf([STUN], gathered(true)), 'direct');
  assert.equal(reachOf([STUN], gathered(false)), 'blocked');
  assert.equal(reachOf([TURN], gathered(true)), 'blocked');
});
