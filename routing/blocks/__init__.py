"""The block types by name. To add one, write a file here and add a line to this list."""

from collections.abc import Mapping

from routing.blocks.agent import Agent
from routing.blocks.base import BlockType
from routing.blocks.callback import Callback
from routing.blocks.caller import Caller
from routing.blocks.collect import Collect
from routing.blocks.conference import Conference
from routing.blocks.department import Department
from routing.blocks.directory import Directory
from routing.blocks.extension import Extension
from routing.blocks.feature import Feature
from routing.blocks.fetch import Fetch
from routing.blocks.forward import Forward
from routing.blocks.hangup import Hangup
from routing.blocks.hours import Hours
from routing.blocks.mailbox import MAILBOX_BLOCKS
from routing.blocks.match import Match
from routing.blocks.menu import Menu
from routing.blocks.notify import Notify
from routing.blocks.number import Number
from routing.blocks.park import Park
from routing.blocks.percent import Percent
from routing.blocks.play import Play
from routing.blocks.queue import Queue
from routing.blocks.queue_state import QueueState
from routing.blocks.record import Record
from routing.blocks.route import Route
from routing.blocks.say import Say
from routing.blocks.set import Set
from routing.blocks.user import User
from routing.blocks.voicemail import Voicemail

_ALL: tuple[BlockType, ...] = (
    Play(),
    Say(),
    Menu(),
    Collect(),
    Record(),
    Hours(),
    Caller(),
    Match(),
    Percent(),
    QueueState(),
    Set(),
    Fetch(),
    Notify(),
    Queue(),
    Agent(),
    User(),
    Department(),
    Directory(),
    Number(),
    Conference(),
    Voicemail(),
    Callback(),
    Route(),
    Hangup(),
)

_INNER: tuple[BlockType, ...] = (Extension(), Forward(), Feature(), Park(), *MAILBOX_BLOCKS)

BLOCK_TYPES: dict[str, BlockType] = {block.type: block for block in _ALL}
INNER_TYPES: dict[str, BlockType] = {block.type: block for block in _INNER}
"""Blocks that no route may name: the core itself sends calls there."""
EVERY_TYPE: Mapping[str, BlockType] = {**BLOCK_TYPES, **INNER_TYPES}
