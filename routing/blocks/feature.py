"""`feature`: carries out a feature code that a member dialled, and says what it did.

No route names it: the core makes it (`routing.calls.feature_codes`).
"""

from collections.abc import Iterator
from dataclasses import replace

from routing.acd import presence
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.ways import Look, Way
from routing.commands import LogSettings
from routing.records import SettingsRecord


class Feature(BlockType):
    """`changes` are settings of the member who called (fields of `UserConfig`), `sounds` what they hear."""

    type = "feature"

    def enter(self, turn: Turn) -> Exit:
        settings = turn.block.settings
        if settings["changes"]:
            _change(turn, settings["changes"])
        turn.world.close(turn.call, tuple(settings["sounds"]))
        return None

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way(None, "the feature code is carried out")


def _change(turn: Turn, changes: dict[str, str | bool]) -> None:
    """Change the settings at once, and let the record writer keep them."""
    world, call = turn.world, turn.call
    member = world.users.of_phone(call.phone)
    if member is None:
        return
    changed = replace(member, **changes)  # type: ignore[arg-type]
    world.users.put(changed)
    presence.sync(world, changed)
    record = SettingsRecord(
        call=call.id, team=member.team, member=member.id, changes=dict(changes), at=world.now
    )
    world.emit(LogSettings(dict(record)))
