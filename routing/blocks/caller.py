"""`caller`: branches by the caller: their number, its first digits, whether a contact has it, and the contact's
attributes."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks.base import Exit, Turn
from routing.blocks.cases import ELSE, Cases, check_cases
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.commands import FindContact
from routing.expressions import values
from routing.expressions.shapes import Shape, shape_of, shaped
from routing.state.call import Call
from routing.state.phases import CallPhase

Case = Mapping[str, Any]
Spellings = tuple[str, ...]
_FIELDS = {"name", "numbers", "prefixes", "contact", "attributes", "anonymous"}
_NUMBERS: Shape = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "items": shape_of(values.check_caller_id),
}
_ATTRIBUTES: Shape = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 20,
    "additionalProperties": {"type": "string", "maxLength": 200},
}


@shaped(
    properties={
        "numbers": _NUMBERS,
        "prefixes": _NUMBERS,
        "contact": {"type": "boolean"},
        "attributes": _ATTRIBUTES,
        "anonymous": {"type": "boolean"},
    }
)
def check_case(case: Case) -> str | None:
    """Check `{"name", "numbers"?, "prefixes"?, "contact"?, "attributes"?, "anonymous"?}`. A case applies if everything
    in it holds."""
    if not set(case) <= _FIELDS or len(case) < 2:
        return f"must be name and some of {', '.join(sorted(_FIELDS - {'name'}))}"
    for field in ("numbers", "prefixes"):
        if field in case and not _numbers(case[field]):
            return f"{field} must be a list of 1 to 1000 numbers such as +14165550100"
    for field in ("contact", "anonymous"):
        if field in case and not isinstance(case[field], bool):
            return f"{field} must be true or false"
    if "attributes" in case and not _attributes(case["attributes"]):
        return "attributes must map 1 to 20 names to texts of at most 200 characters"
    return None


def _numbers(value: Any) -> bool:
    good = isinstance(value, list) and 1 <= len(value) <= 1000
    return good and all(values.check_caller_id(item) is None for item in value)


def _attributes(value: Any) -> bool:
    good = isinstance(value, dict) and 1 <= len(value) <= 20
    return good and all(
        isinstance(text, str) and len(text) <= 200 and 1 <= len(name) <= 60 for name, text in value.items()
    )


def asks_contact(case: Case) -> bool:
    """Return whether the case depends on the team's contacts."""
    return "contact" in case or "attributes" in case


def applies(case: Case, spellings: Spellings, contact: Mapping[str, str] | None) -> bool:
    """Return whether everything in the case holds for a caller. `spellings`: of their number; none: it is withheld."""
    if "anonymous" in case and case["anonymous"] is not (not any(spellings)):
        return False
    if not _number_fits(case, spellings):
        return False
    if "contact" in case and case["contact"] is not (contact is not None):
        return False
    wanted = case.get("attributes") or {}
    return all(contact is not None and contact.get(name) == text for name, text in wanted.items())


def _number_fits(case: Case, spellings: Spellings) -> bool:
    """Return whether the number is listed, or begins with a listed prefix, in any of its spellings."""
    if "numbers" not in case and "prefixes" not in case:
        return True
    numbers, prefixes = case.get("numbers", ()), tuple(case.get("prefixes", ()))
    return any(one in numbers or one.startswith(prefixes) for one in spellings if one)


def _spellings(call: Call) -> Spellings:
    """Return the caller's number as it came, and what its spellings have in common, as listed numbers are stored."""
    return call.caller, call.customer


class Caller(Cases):
    """The first case that applies decides. Contacts are looked up only if a case that depends on them is reached."""

    type = "caller"
    settings: ClassVar = {
        "cases": Setting(check_cases(check_case), required=True, refers_to="callers", words=Words.DECIDING)
    }

    def enter(self, turn: Turn) -> Exit:
        call = turn.call
        for case in turn.setting("cases"):
            if asks_contact(case) and call.caller and call.team is not None:
                call.token += 1
                call.awaiting = call.token
                turn.world.emit(FindContact(call.id, call.token, call.team, call.caller))
                turn.world.move(call, CallPhase.FETCHING)
                return None
            if applies(case, _spellings(call), None):
                return str(case["name"])
        return ELSE

    def found(self, turn: Turn, attributes: Mapping[str, str] | None) -> Exit:
        return _decide(turn.setting("cases"), _spellings(turn.call), attributes)

    def overdue(self, turn: Turn) -> Exit:
        return self.found(turn, None)

    def reason(self, turn: Turn) -> str:
        return f"the caller is {turn.call.caller or 'anonymous'}"

    def ways(self, look: Look) -> Iterator[Way]:
        cases, known = look.setting("cases"), look.facts.get("caller")
        told: set[str] = set()
        for case in [*cases, {"name": ELSE}]:
            way = None if case["name"] in told else _way(cases, case, known)
            if way is not None:
                told.add(case["name"])
                yield way


STRANGER = "+19995550100"


def _way(cases: list[Case], wanted: Case, known: str | None) -> Way | None:
    """Return a way with a caller to whom this case is the first that applies; None: there is no such caller."""
    numbers = wanted.get("numbers", [])[:50]
    callers = [
        *numbers,
        *(f"{prefix}5550100"[:16] for prefix in wanted.get("prefixes", [])[:50]),
        STRANGER,
        "",
    ]
    contacts: list[Mapping[str, str] | None] = [wanted.get("attributes") or {}, None]
    for caller in callers if known is None else [known]:
        for contact in contacts if any(asks_contact(case) for case in cases) and caller else [None]:
            if _decide(cases, (caller,), contact) == wanted["name"]:
                return Way(wanted["name"], _described(cases, caller, contact), facts=_certain(wanted))
    return None


def _described(cases: list[Case], caller: str, contact: Mapping[str, str] | None) -> str:
    lead = f"the caller is {caller or 'anonymous'}"
    if any(asks_contact(case) for case in cases):
        like = ", ".join(f"{name} {text}" for name, text in (contact or {}).items())
        lead += ", no contact" if contact is None else f", a contact{' with ' + like if like else ''}"
    return lead


def _certain(case: Case) -> dict[str, str | None]:
    if case.get("anonymous"):
        return {"caller": ""}
    one = len(case.get("numbers", ())) == 1 and not case.get("prefixes")
    return {"caller": case["numbers"][0]} if one else {}


def _decide(cases: list[Case], spellings: Spellings, contact: Mapping[str, str] | None) -> str:
    return next((case["name"] for case in cases if applies(case, spellings, contact)), ELSE)
