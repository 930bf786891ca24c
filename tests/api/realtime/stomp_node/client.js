// The stock @stomp/stompjs client, driven by lines of JSON on stdin. What it gets, it prints as lines of JSON.
//
//   node client.js <url> <authorization>
//   {"subscribe": "/queue/message/upsert", "id": "1", "headers": {"last-event-id": "..."}}
//   {"unsubscribe": "1"}   {"publish": "/queue/x"}   {"deactivate": true}
const [url, authorization] = process.argv.slice(2);
const {Client} = require('@stomp/stompjs');
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const client = new Client({
  brokerURL: url,
  connectHeaders: {Authorization: authorization},
  reconnectDelay: 0,
  heartbeatIncoming: 10000,
  heartbeatOutgoing: 10000,
  onConnect: (frame) => say({connected: frame.headers}),
  onStompError: (frame) => say({error: frame.headers.message}),
  onWebSocketClose: (event) => say({closed: event.code}),
});
client.activate();
require('readline').createInterface({input: process.stdin}).on('line', (text) => {
  const line = JSON.parse(text);
  if (line.subscribe) {
    client.watchForReceipt('r' + line.id, () => say({subscribed: line.id}));
    client.subscribe(line.subscribe, (message) =>
      say({message: line.id, headers: message.headers, body: JSON.parse(message.body)}),
      {...line.headers, id: line.id, receipt: 'r' + line.id});
  } else if (line.unsubscribe) {
    client.watchForReceipt('u' + line.unsubscribe, () => say({unsubscribed: line.unsubscribe}));
    client.unsubscribe(line.unsubscribe, {receipt: 'u' + line.unsubscribe});
  } else if (line.publish) {
    client.publish({destination: line.publish, body: 'x'});
  } else {
    client.deactivate().then(() => say({deactivated: true}));
  }
}).on('close', () => process.exit(0));
