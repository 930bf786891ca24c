"""The router of a feature under `/v1`, and what holds for every operation there."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant

from api.core.errors import ValidationFailed
from api.core.route import Operation, router


class TeamOperation(Operation):
    """An operation of the team API. Where nothing can be populated, any name in `populate` is refused."""

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._populates = _populates(self.dependant)

    def check(self, request: Request) -> None:
        """Raise ValidationFailed if the request populates what cannot be."""
        if self._populates or b"populate" not in request.scope["query_string"]:
            return
        names = request.query_params.get("populate", "").strip()
        if names:
            raise ValidationFailed({"populate": f"Unknown: {names[:100]}. Known: nothing"})


def _populates(operation: Dependant) -> bool:
    return any(parameter.name == "populate" for parameter in operation.query_params) or any(
        _populates(dependency) for dependency in operation.dependencies
    )


def v1_router(**options: Any) -> APIRouter:
    """Make a router below `/v1`."""
    return router("/v1", operation=TeamOperation, **options)
