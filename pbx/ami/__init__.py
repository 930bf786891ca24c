"""The AMI client. `protocol.py` is the only module that imports panoramisk."""

from pbx.ami.action import Action, encode
from pbx.ami.client import AmiClient, ConnectionState, Counters, Outcome, Timing
from pbx.ami.errors import (
    ActionTimeout,
    AmiError,
    ConnectionLost,
    LoginRefused,
    NotConnected,
    UnsafeValue,
)
from pbx.ami.message import Message, Response, parse

__all__ = [
    "Action",
    "ActionTimeout",
    "AmiClient",
    "AmiError",
    "ConnectionLost",
    "ConnectionState",
    "Counters",
    "LoginRefused",
    "Message",
    "NotConnected",
    "Outcome",
    "Response",
    "Timing",
    "UnsafeValue",
    "encode",
    "parse",
]
