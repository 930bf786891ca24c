"""`?populate=a,b`: foreign ids replaced by objects."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Query

from api.core.errors import ValidationFailed

Populate = frozenset[str]


def populates(*allowed: str) -> Callable[[str | None], Awaitable[Populate]]:
    """A dependency that answers which of `allowed` the client wants. Any other name is a 400."""

    async def wanted(populate: Annotated[str | None, Query(max_length=200)] = None) -> Populate:
        names = frozenset(name.strip() for name in (populate or "").split(",") if name.strip())
        unknown = names - set(allowed)
        if unknown:
            known = ", ".join(allowed) or "nothing"
            raise ValidationFailed({"populate": f"Unknown: {', '.join(sorted(unknown))}. Known: {known}"})
        return names

    return wanted
