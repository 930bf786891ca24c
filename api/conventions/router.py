"""The router of a feature under `/v1`."""

from typing import Any

from fastapi import APIRouter, Depends

from api.conventions.populate import refuse_populate
from api.core.route import router


def v1_router(**options: Any) -> APIRouter:
    """Make a router below `/v1` with the conventions that hold for every operation there."""
    return router("/v1", dependencies=[Depends(refuse_populate)], **options)
