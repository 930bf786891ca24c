"""Real offers. Phones are added while others ring."""

from typing import Any

from routing.commands import AddToOffer, OfferCall, WithdrawOffer
from tests.support.asterisk.live import Live
from tests.support.asterisk.scenarios import ENTERED, Scenario, waits
from tests.support.asterisk.story import AGENTS, PHONES, offer


def growing(live: Live, *who: int, more: int = 2, **options: Any) -> OfferCall:
    return offer(live.call, *who, more=more, **options)


def add(live: Live, who: int) -> AddToOffer:
    return AddToOffer(live.call, AGENTS[who], PHONES[who])


async def added_answers(live: Live) -> None:
    """Cancel the first phone when the added phone answers."""
    live.agent(0, never_answer=True)
    live.agent(1, ring=0.3, talk=0.6)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 1))
    await live.ends_after("CallReturned")


async def first_answers(live: Live) -> None:
    live.agent(0, ring=1.5, talk=0.6)
    live.agent(1, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 1))
    await live.ends_after("CallReturned")


async def added_at_once(live: Live) -> None:
    """Add the second phone before Asterisk begins to dial the first."""
    live.agent(0, never_answer=True)
    live.agent(1, ring=0.3, talk=0.6)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0), add(live, 1))
    await live.ends_after("CallReturned")


async def added_rejects_and_is_tried_again(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, reject=486)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0, more=1))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 1))
    await live.hears("OfferFailed bob busy")
    live.forget()
    await live.does(add(live, 1))
    await live.hears("OfferFailed bob busy")
    await live.does(WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def added_is_unreachable(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 1))
    await live.hears("OfferFailed bob unreachable")
    await live.does(WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def all_fail_and_the_offer_waits(live: Live) -> None:
    """Let all phones fail. The offer goes on until the engine ends it."""
    live.agent(0, reject=603)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("OfferFailed ann rejected")
    await live.settles(0.5)
    assert not any(type(event).__name__ == "CallReturned" for event in live.events)
    await live.does(WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def offer_times_out(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0, timeout=3))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 1))
    await live.ends_after("CallReturned")


async def added_is_withdrawn(live: Live) -> None:
    """Withdraw the added phone and add another in its slot. There is only one slot. Then the withdrawn phone is
    added again and answers."""
    live.agent(0, never_answer=True)
    live.agent(1, ring=2, talk=0.6)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0, more=1))
    await live.does(add(live, 1))
    await live.hears("PhoneRang bob")
    await live.does(WithdrawOffer(live.call, (AGENTS[1],)))
    await live.hears("OfferFailed bob withdrawn")
    await live.does(add(live, 1))
    await live.ends_after("CallReturned")


async def whole_offer_withdrawn(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.does(add(live, 1))
    await live.hears("PhoneRang ann")
    await live.hears("PhoneRang bob")
    await live.does(WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def withdrawn_at_once(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0), add(live, 1), WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def caller_gone_while_both_ring(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, never_answer=True)
    live.caller(hang_up=2)
    await waits(live)
    await live.does(growing(live, 0), add(live, 1))
    await live.hears("CallHungUp")


async def caller_hangs_up_added_talk(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, ring=0.2)
    live.caller(hang_up=2.5)
    await waits(live)
    await live.does(growing(live, 0), add(live, 1))
    await live.hears("CallHungUp")


async def phone_added_twice(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("PhoneRang ann")
    await live.does(add(live, 0), WithdrawOffer(live.call, ()))
    await live.ends_after("CallReturned")


async def added_too_late(live: Live) -> None:
    live.agent(0, ring=0.2, talk=1)
    live.caller()
    await waits(live)
    await live.does(growing(live, 0))
    await live.hears("AgentAnswered ann")
    await live.does(add(live, 1))
    await live.hears("CallReturned")
    await live.does(add(live, 1))
    await live.ends_after("CallReturned")


SCENARIOS: tuple[Scenario, ...] = (
    added_answers,
    first_answers,
    added_at_once,
    added_rejects_and_is_tried_again,
    added_is_unreachable,
    all_fail_and_the_offer_waits,
    offer_times_out,
    added_is_withdrawn,
    whole_offer_withdrawn,
    withdrawn_at_once,
    caller_gone_while_both_ring,
    caller_hangs_up_added_talk,
    phone_added_twice,
    added_too_late,
)
BACK = ["CallReturned", "CallHungUp 16"]
BOTH_RING = [ENTERED, "PhoneRang ann", "PhoneRang bob"]
BOB_TALKS = [*BOTH_RING, "AgentAnswered bob", "OfferFailed ann withdrawn", "AgentLegEnded bob"]
EXPECTED: dict[str, list[str]] = {
    "added_answers": [*BOB_TALKS, *BACK],
    "first_answers": [
        *BOTH_RING,
        "AgentAnswered ann",
        "OfferFailed bob withdrawn",
        "AgentLegEnded ann",
        *BACK,
    ],
    "added_at_once": [*BOB_TALKS, *BACK],
    "added_rejects_and_is_tried_again": [
        ENTERED,
        "PhoneRang ann",
        "OfferFailed bob busy",
        "OfferFailed bob busy",
        "OfferFailed ann withdrawn",
        *BACK,
    ],
    "added_is_unreachable": [
        ENTERED,
        "PhoneRang ann",
        "OfferFailed bob unreachable",
        "OfferFailed ann withdrawn",
        *BACK,
    ],
    "all_fail_and_the_offer_waits": [ENTERED, "OfferFailed ann rejected", *BACK],
    "offer_times_out": [*BOTH_RING, "OfferFailed ann no-answer", "OfferFailed bob no-answer", *BACK],
    "added_is_withdrawn": [
        *BOTH_RING,
        "OfferFailed bob withdrawn",
        "PhoneRang bob",
        "AgentAnswered bob",
        "OfferFailed ann withdrawn",
        "AgentLegEnded bob",
        *BACK,
    ],
    "whole_offer_withdrawn": [
        *BOTH_RING,
        "OfferFailed ann withdrawn",
        "OfferFailed bob withdrawn",
        *BACK,
    ],
    "withdrawn_at_once": [ENTERED, "OfferFailed ann withdrawn", "OfferFailed bob withdrawn", *BACK],
    "caller_gone_while_both_ring": [
        *BOTH_RING,
        "OfferFailed ann caller-gone",
        "OfferFailed bob caller-gone",
        "CallHungUp 16",
    ],
    "caller_hangs_up_added_talk": [*BOB_TALKS, "CallHungUp 16"],
    "phone_added_twice": [
        ENTERED,
        "PhoneRang ann",
        "CommandFailed AddToOffer",
        "OfferFailed ann withdrawn",
        *BACK,
    ],
    "added_too_late": [
        ENTERED,
        "PhoneRang ann",
        "AgentAnswered ann",
        "OfferFailed bob withdrawn",
        "AgentLegEnded ann",
        "CallReturned",
        "OfferFailed bob withdrawn",
        "CallHungUp 16",
    ],
}
