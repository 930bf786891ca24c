"""The messages between Switchroom's processes. Each one is a model that its sender builds and its receiver validates.

| module | from -> to | where it lies in Redis (`switchroom.redis_keys`) |
|---|---|---|
| `commands` | api -> engine | stream `commands`; before that a row of the outbox |
| `records` | engine -> record writer | stream `records` |
| `live` | engine -> api | hashes `live:agent`, `live:queue`, `live:call`; string `heartbeat` |
| `events` | engine, api, record writer -> clients | stream `events`; changes before that a row of the outbox |
| `outbox` | api, record writer -> jobs | payloads of the outbox's rows |

An entry of a stream has one field, `body`: the message's JSON. A value of a hash is the JSON itself.

How to add a field: add it to its model, fill it at the sender, use it at the receiver. Give it a default, which says
what its absence means: an upgrade changes one process after the other, so a receiver also reads messages of the release
before, which lack the field. A receiver ignores fields that it does not know, so the sender may be newer. Never rename
a field and never change its type: add another one. Where an older receiver must not refuse a new value, the field is a
plain `str`, and the docstring tells its values.

Ids are 32 hex digits, times are POSIX seconds.
"""
