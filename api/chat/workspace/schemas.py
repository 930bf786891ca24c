"""What clients send about the workspace."""

from api.conventions.body import Patch


class EventUpdate(Patch):
    """Whether events are read. Without a body they are."""

    read: bool
