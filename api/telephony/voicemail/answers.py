"""What clients get of voicemails."""

from api.telephony.voicemail.resource import VoicemailSummary


class VoicemailAnswer(VoicemailSummary):
    """A message that a caller left."""

    read: bool
    """Whether somebody has heard it."""
    url: str | None
    """Where the audio can be fetched for some minutes; null until it is stored."""
