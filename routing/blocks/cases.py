"""What the blocks that branch by named cases share."""

from collections.abc import Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType


class Cases(BlockType):
    """Its exits are the names of the cases in its settings, and `else`; each must lead somewhere."""

    exits: ClassVar = frozenset({checks.ELSE})
    required_exits: ClassVar = exits
    waits = False

    def exits_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return checks.case_names(settings) | {checks.ELSE}

    def required_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.exits_of(settings)
