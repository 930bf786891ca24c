"""The two numbers of a call, as Asterisk tells them, in the forms that the core has."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from routing.ids import CallId
from switchroom.logs import about_call
from switchroom.numbers import country_of, find_did, parse_or_digits, same_number

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """E.164 where possible, else the digits as they came. `customer`: what all spellings of `caller` share."""

    did: str
    caller: str
    customer: str


def call_numbers(dialled: str, caller: str, dids: Collection[str], call: CallId) -> CallNumbers:
    """Return the numbers of a call. `dids`: the numbers of all teams.

    A trunk may send national numbers. The dialled number is looked for in the countries of `dids`. The caller's number
    is one of the country in which the DID is.
    """
    did = find_did(dialled, dids)
    if not did:
        with about_call(call):
            log.warning("a dialled number is no team's, or may be several teams'")
        did = parse_or_digits(dialled)
    number = parse_or_digits(caller, country_of(did))
    return CallNumbers(did, number, same_number(number))
