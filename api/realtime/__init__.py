"""Realtime: clients that are connected are told of what changes. Each surface stands above the same fan-out.

| module | what it does |
|---|---|
| `fan_out` | reads the stream of events and hands each one to the clients that may see it |
| `visibility` | decides who may see an event, as REST does, at the moment of delivery |
| `reading` | makes what clients are told of the events of the stream |
| `live` | the same for what the engine says about a live view |
| `records` | the same for call logs and voicemails |
| `change` | what clients are told of one event, in the form of each surface |
| `cursors` | places in the stream: whether a client can resume from one |
| `protocols` | gives a surface the connection, so that a slow client is cut off |
| `events` | server-sent events |
| `stomp` | STOMP over WebSocket, for the customer inbox |
| `sails_io` | the sails.io SDK: virtual requests and events over one WebSocket |
"""
