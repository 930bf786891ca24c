"""`notify`: sends an e-mail, calls a webhook or writes into a chat, and goes on at once."""

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


KINDS = ("email", "webhook", "chat")


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
    """The block does not wait for a result; failures are logged.

    `to` is an address or a URL, by `kind`. A `chat` is named by its id.
    """

    type = "notify"
    settings: ClassVar = {
        "kind": Setting(checks.one_of(*KINDS), required=True),
        "to": Setting(check_to, words=Words.SENT, secrets=secrets.URL),
        "chat": checks.reference("chat"),
        "subject": Setting(check_subject, default="", words=Words.SENT),
        "text": Setting(check_text, required=True, words=Words.SENT),
    }
    exits = frozenset({"next"})
    required_exits = exits
    waits = False

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        check = {"email": checks.email, "webhook": _check_webhook}
        kind = settings.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            return
        needed, spare = ("chat", "to") if kind == "chat" else ("to", "chat")
        value = settings.get(needed)
        if value is None:
            yield f"settings.{needed}", f"is required with the kind {kind}"
        elif kind in check and isinstance(value, str) and (problem := check[kind](value)):
            yield f"settings.{needed}", problem
        if settings.get(spare) is not None:
            yield f"settings.{spare}", f"has no meaning with the kind {kind}"

    def enter(self, turn: Turn) -> Exit:
        call = turn.call
        if call.team is not None:
            kind = turn.setting("kind")
            to = turn.setting("chat" if kind == "chat" else "to")
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
