import assert from 'node:assert/strict';
import test from 'node:test';
import { originsOf, tokenOf } from '../src/lib/channels.ts';

const ACCESS = { account: ' AC1 ', token: 'p@ss word', user: 'shop@example.com', imap: 'imap.example.com', smtp: 'smtp.example.com:2465', startTls: false };

test('a token is what the source needs', () => {
  assert.equal(tokenOf('SMS_TWILIO', { ...ACCESS, token: 'secret' }), 'AC1:secret');
  assert.equal(tokenOf('FACEBOOK', ACCESS), 'p@ss word');
  const who = 'shop%40example.com:p%40ss%20word';
  assert.equal(tokenOf('EMAIL', ACCESS), `imaps://${who}@imap.example.com smtps://${who}@smtp.example.com:2465`);
  assert.equal(tokenOf('EMAIL', { ...ACCESS, startTls: true }), `imap://${who}@imap.example.com smtp://${who}@smtp.example.com:2465`);
});

test('sites are written as browsers write them', () => {
  const text = 'https://Shop.example/\nhttps://shop.example:443/cart http://localhost:3000\n\nshop';
  assert.deepEqual(originsOf(text), ['https://shop.example', 'http://localhost:3000', 'shop']);
});
