"""Translates between Asterisk and the core, without I/O: messages, actions, and the calls of one node.

There is one `NodeCalls` for each node, and one `Phones` for all. `receive(parse(message))`, `translate(command)`,
`outcome(action, outcome)` and `overdue()` each return a `Step` of events and actions.
"""

from pbx.asterisk.calls.node_calls import NodeCalls
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.resync import resync, rooms_of
from pbx.asterisk.calls.step import Step, Utterance
from pbx.asterisk.protocol.messages import AmiEvent, Booted, parse

__all__ = ["AmiEvent", "Booted", "NodeCalls", "Phones", "Step", "Utterance", "parse", "resync", "rooms_of"]
