"""What clients send about voicemails."""

from api.conventions.body import Body, Patch
from api.conventions.fields import Id


class VoicemailUpdate(Patch):
    """What changes in a voicemail."""

    read: bool
    """Whether it was heard."""
    saved: bool
    """Whether it stays beyond the days for which the mailbox keeps messages."""


class VoicemailForward(Body):
    """Where a voicemail is forwarded to."""

    mailbox: Id
    """A mailbox of the same team."""
