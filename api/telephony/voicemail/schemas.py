"""What clients send about voicemails."""

from api.conventions.body import Patch


class VoicemailUpdate(Patch):
    """What changes in a voicemail."""

    read: bool
    """Whether somebody has heard it."""
