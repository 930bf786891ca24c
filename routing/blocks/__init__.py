"""The block types by name. A new one is a file here and a line in this list."""

from routing.blocks.base import BlockType
from routing.blocks.hangup import Hangup
from routing.blocks.hours import Hours
from routing.blocks.menu import Menu
from routing.blocks.number import Number
from routing.blocks.play import Play
from routing.blocks.queue import Queue
from routing.blocks.user import User
from routing.blocks.voicemail import Voicemail

_ALL: tuple[BlockType, ...] = (Play(), Menu(), Hours(), Queue(), User(), Voicemail(), Number(), Hangup())

BLOCK_TYPES: dict[str, BlockType] = {block.type: block for block in _ALL}
