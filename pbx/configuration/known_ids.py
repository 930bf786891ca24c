"""Which objects of the configuration the core has. Those that were deleted while the engine was away can be removed."""

from collections.abc import Iterable

from routing.config import ConfigItem
from routing.events import ConfigChanged


class Configured:
    """The ids of all objects, of every kind."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = set(ids)

    def update(self, event: ConfigChanged) -> None:
        """Note what the core has after this event."""
        self._ids.update(str(item.id) for item in event.items)
        self._ids.difference_update(event.removed)

    def replaced_by(self, items: tuple[ConfigItem, ...]) -> ConfigChanged:
        """Return the event that makes `items` the whole configuration."""
        gone = self._ids - {str(item.id) for item in items}
        return ConfigChanged(items, tuple(sorted(gone)))

    def snapshot(self) -> list[str]:
        return sorted(self._ids)
