"""What clients get of a team's webhook secret."""

from api.conventions.answers import Answer


class WebhookSecret(Answer):
    """`header`: the name of the header that carries the signature."""

    header: str
    secret: str
