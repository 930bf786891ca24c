"""What clients send about voicemails."""

from api.conventions.body import Body, optional


class VoicemailUpdate(Body):
    """`read` is the only field that can be changed."""

    read: bool = optional()
