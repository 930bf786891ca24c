"""What the blocks that connect a caller with somebody share."""

from abc import abstractmethod

from routing.blocks.base import BlockType, Exit, Turn
from routing.ids import QueueId


class Connects(BlockType):
    """First the caller hears that the call is recorded, if that is to be told; then it is connected."""

    def enter(self, turn: Turn) -> Exit:
        return None if turn.world.notice(turn.call, self.queue(turn)) else self.connect(turn)

    def played(self, turn: Turn, ok: bool) -> Exit:
        turn.call.noticed = ok
        return self.connect(turn)

    def queue(self, turn: Turn) -> QueueId | None:
        """Whose recording policy holds; None: the number's and the team's."""
        return None

    @abstractmethod
    def connect(self, turn: Turn) -> Exit:
        """Rings whom the caller is to talk to, or puts it in a queue."""
