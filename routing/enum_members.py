"""Members of enumerations that are found quickly.

In Python 3.11 `CallPhase.QUEUED` takes several times as long as the look-up of another class's attribute: a member is
behind a property written in Python. Since 3.12 it is not. The core compares phases and statuses dozens of times for
each call.
"""

from collections.abc import Mapping
from enum import Enum, EnumType
from typing import TypeVar

Kind = TypeVar("Kind", bound=EnumType)


def quick_members(kind: Kind) -> Kind:
    """Decorate an enumeration: put each member itself into the class, in place of its property."""
    members: Mapping[str, Enum] = kind.__members__
    for name, member in members.items():
        type.__setattr__(kind, name, member)
    return kind
