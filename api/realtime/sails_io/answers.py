"""What clients get about their sockets."""

from api.conventions.answers import Answer


class SocketAnswer(Answer):
    """Whether the socket gets events."""

    registered: bool
