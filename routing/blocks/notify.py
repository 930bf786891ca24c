"""`notify`: sends an e-mail or calls a webhook, and goes on at once."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.commands import Notify as NotifyCommand
from routing.expressions import secrets, urls, variables
from routing.expressions.shapes import shaped

LONGEST = 4000


@shaped(type="string", enum=["email", "webhook"])
def check_kind(value: Any) -> str | None:
    if value == "chat":
        return "chat cannot be used: teams have no chats to write to; use email or webhook"
    return checks.one_of("email", "webhook")(value)


@shaped(type="string")
def check_to(value: Any) -> str | None:
    """Check that it is a text. Its form depends on `kind`: see `Notify.problems`."""
    return None if isinstance(value, str) else "must be a text"


@shaped(type="string", maxLength=200)
def check_subject(value: Any) -> str | None:
    if problem := variables.check_template(value, longest=200):
        return problem
    return "must be one line" if "\n" in value else None


@shaped(type="string", maxLength=LONGEST)
def check_text(value: Any) -> str | None:
    return variables.check_template(value, longest=LONGEST)


class Notify(BlockType):
    """The block does not wait for a result; failures are logged. `to` is an address or a URL, by `kind`."""

    type = "notify"
    settings: ClassVar = {
        "kind": Setting(check_kind, required=True),
        "to": Setting(check_to, required=True, words=Words.SENT, secrets=secrets.URL),
        "subject": Setting(check_subject, default="", words=Words.SENT),
        "text": Setting(check_text, required=True, words=Words.SENT),
    }
    exits = frozenset({"next"})
    required_exits = exits
    waits = False

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        check = {"email": checks.email, "webhook": _check_webhook}
        kind, to = settings.get("kind"), settings.get("to")
        if isinstance(kind, str) and kind in check and isinstance(to, str) and (problem := check[kind](to)):
            yield "settings.to", problem

    def enter(self, turn: Turn) -> Exit:
        call = turn.call
        if call.team is not None:
            kind, to = turn.setting("kind"), turn.setting("to")
            subject = " ".join(turn.text(turn.setting("subject")).split())
            turn.world.emit(
                NotifyCommand(call.id, call.team, kind, to, subject, turn.text(turn.setting("text")))
            )
        return "next"

    def ways(self, look: Look) -> Iterator[Way]:
        yield Way("next", "goes on")


def _check_webhook(value: str) -> str | None:
    """Check a webhook's URL. It must not name variables."""
    return urls.check_url(value) or ("must not hold variables" if variables.names_in(value) else None)
