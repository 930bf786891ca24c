"""The router of a feature under `/inbox`."""

from fastapi import APIRouter

from api.core.route import Operation, router
from api.inbox.surface import INBOX_FORM


class InboxOperation(Operation):
    """An operation of the customer-inbox API: a POST with JSON."""

    error_form = INBOX_FORM


def inbox_router(tag: str) -> APIRouter:
    """Make a router below `/inbox`."""
    return router("/inbox", operation=InboxOperation, tags=[tag])
