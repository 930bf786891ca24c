"""Pure translations between Asterisk and the core: messages, actions, and the calls of one node.

One `NodeCalls` for each node, and one `Phones` for all. `receive(parse(message))`, `execute(command)`,
`outcome(action, outcome)` and `overdue()` each give a `Step` of events and actions.
"""

from pbx.asterisk.messages import AmiEvent, Booted, parse
from pbx.asterisk.node import NodeCalls
from pbx.asterisk.phones import Phones
from pbx.asterisk.resync import resync
from pbx.asterisk.step import Step, Utterance

__all__ = ["AmiEvent", "Booted", "NodeCalls", "Phones", "Step", "Utterance", "parse", "resync"]
