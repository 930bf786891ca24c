"""`?populate=a,b`: foreign ids replaced by objects."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant

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


async def refuse_populate(request: Request) -> None:
    """A dependency of every operation: where nothing can be populated, any name is a 400."""
    names = request.query_params.get("populate", "").strip()
    if names and not _populates(request.scope["route"].dependant):
        raise ValidationFailed({"populate": f"Unknown: {names[:100]}. Known: nothing"})


def _populates(operation: Dependant) -> bool:
    return any(parameter.name == "populate" for parameter in operation.query_params) or any(
        _populates(dependency) for dependency in operation.dependencies
    )
