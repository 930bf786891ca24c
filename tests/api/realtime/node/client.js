// The stock sails.io SDK, driven by lines of JSON on stdin. What it gets, it prints as lines of JSON.
//
//   node client.js <url> <2|4>
//   {"tag": "1", "request": {"method": "get", "url": "/v1/chat", "headers": {}, "data": {}}}
//   {"listen": "chat"}
const [url, version] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const io = require('sails.io.js')(require(version === '2' ? 'socket.io-client-2' : 'socket.io-client'));
io.sails.url = url;
io.sails.environment = 'production';
io.sails.reconnection = true;
io.socket.on('connect', () => say({connected: true}));
io.socket.on('disconnect', () => say({disconnected: true}));
require('readline').createInterface({input: process.stdin}).on('line', (text) => {
  const line = JSON.parse(text);
  if (line.listen) {
    io.socket.on(line.listen, (payload) => say({event: line.listen, payload}));
    say({listening: line.listen});
  } else {
    io.socket.request(line.request, (body, answer) =>
      say({tag: line.tag, body, status: answer.statusCode, headers: answer.headers}));
  }
}).on('close', () => process.exit(0));
