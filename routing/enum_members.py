"""Members of enumerations that are found quickly.

In Python 3.11 `CallPhase.QUEUED` takes several times as long as the look-up of another class's attribute (since 3.12 it
does not). The core compares phases and statuses dozens of times for each call.
"""

from enum import Enum
from types import SimpleNamespace
from typing import Any, TypeVar

_E = TypeVar("_E", bound=Enum)


def members_of(kind: type[_E]) -> type[_E]:
    """Return an object with the members of `kind` as its attributes. For the type checker it is `kind` itself."""
    members: Any = SimpleNamespace(**kind.__members__)
    return members  # type: ignore[no-any-return]
