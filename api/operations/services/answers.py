"""What clients get of the installation's services."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer


class ServicesAnswer(Answer):
    """The services that the installation is configured for."""

    mail: bool
    """Whether mails are sent: invitations, links to reset a password, the block `notify`."""
    mails_waiting: int
    """How many mails of the last day, of the whole installation, are not sent yet or failed. They are tried again."""
    outside_calls: bool
    """Whether there is a trunk for calls to outside numbers."""
    fcm: bool
    """Whether apps that are registered with FCM get pushes."""
    web_push_key: str | None
    """The key (`applicationServerKey`) with which browsers subscribe to pushes; null: there is no Web Push."""
    transcriber: Annotated[str, Field(examples=["none"])]
    """What transcribes recordings and voicemails; `none`: nothing."""
    synthesizer: Annotated[str, Field(examples=["espeak-ng"])]
    """What speaks the texts of routes; `none`: nothing."""
    speech_recognizer: Annotated[str, Field(examples=["none"])]
    """What hears words in menus; `none`: nothing."""
