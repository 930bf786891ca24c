"""What clients get of webhooks."""

from api.conventions.answers import Answer


class WebhookSecret(Answer):
    """What a receiver needs to know our webhooks by."""

    header: str
    """The header that has the signature."""
    secret: str
    """The key of the signature."""
