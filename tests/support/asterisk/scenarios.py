"""Real calls, and for each the story that the core must hear. `live` makes the calls. `EXPECTED` has the stories."""

from collections.abc import Awaitable, Callable

from routing.commands import (
    Answer,
    Play,
    RecordMessage,
    StartMusic,
    StopPlay,
    WithdrawOffer,
)
from tests.support.asterisk.live import Live
from tests.support.asterisk.story import AGENTS, offer

ENTERED = "CallEntered +14165550100 +14165550123 Caller"
Scenario = Callable[[Live], Awaitable[None]]


async def waits(live: Live) -> None:
    """Let a caller enter. They are answered and hear music."""
    await live.hears("CallEntered")
    await live.does(Answer(live.call), StartMusic(live.call, "default"))


async def agent_hangs_up(live: Live) -> None:
    live.agent(0, ring=0.3, talk=0.5)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.ends_after("CallReturned")


async def caller_hangs_up(live: Live) -> None:
    live.agent(0, ring=0.3)
    live.caller(hang_up=1.5)
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.hears("CallHungUp")


async def engine_hangs_up_talk(live: Live) -> None:
    live.agent(0, ring=0.3)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.ends_after("AgentAnswered")


async def no_answer(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0, timeout=1))
    await live.ends_after("CallReturned")


async def busy(live: Live) -> None:
    live.agent(0, reject=486)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.ends_after("CallReturned")


async def rejected(live: Live) -> None:
    live.agent(0, reject=603)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.ends_after("CallReturned")


async def unreachable(live: Live) -> None:
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 1))
    await live.ends_after("CallReturned")


async def caller_gone_while_ringing(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller(hang_up=1)
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.hears("CallHungUp")


async def ring_all(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.agent(1, ring=0.5, talk=0.5)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0, 1))
    await live.ends_after("CallReturned")


async def withdrawn(live: Live) -> None:
    live.agent(0, never_answer=True)
    live.caller()
    await waits(live)
    await live.does(offer(live.call, 0))
    await live.hears("PhoneRang")
    await live.does(WithdrawOffer(live.call, (AGENTS[0],)))
    await live.ends_after("CallReturned")


async def offer_cuts_prompt_off(live: Live) -> None:
    live.agent(0, ring=0.3, talk=0.3)
    live.caller()
    await waits(live)
    await live.does(Play(live.call, 1, ("demo-congrats",)))
    await live.settles(0.4)
    await live.does(offer(live.call, 0))
    await live.ends_after("CallReturned")


async def offer_at_once(live: Live) -> None:
    """Offer the call before anything is acknowledged."""
    live.agent(0, ring=0.3, talk=0.3)
    live.caller()
    await live.hears("CallEntered")
    await live.does(Answer(live.call), StartMusic(live.call, "default"), offer(live.call, 0))
    await live.ends_after("CallReturned")


async def prompt_stopped_by_digit(live: Live) -> None:
    live.caller(digits=((1.0, "5"),))
    await waits(live)
    await live.does(Play(live.call, 7, ("demo-congrats", "digits/1")))
    await live.hears("DigitPressed")
    await live.does(StopPlay(live.call))
    await live.ends_after("PlaybackFinished")


async def prompts_to_their_end(live: Live) -> None:
    live.caller()
    await waits(live)
    await live.does(Play(live.call, 8, ("digits/1", "digits/2")))
    await live.ends_after("PlaybackFinished")


async def message_ended_by_pound(live: Live) -> None:
    live.caller(digits=((2.0, "#"),), audio_seconds=5)
    await waits(live)
    await live.does(RecordMessage(live.call, 3, "voicemail/abc", 60, 10))
    await live.ends_after("MessageRecorded")


async def message_ended_by_hang_up(live: Live) -> None:
    live.caller(hang_up=2.0, audio_seconds=5)
    await waits(live)
    await live.does(RecordMessage(live.call, 4, "voicemail/abd", 60, 10))
    await live.hears("CallHungUp")


SCENARIOS: tuple[Scenario, ...] = (
    agent_hangs_up,
    caller_hangs_up,
    engine_hangs_up_talk,
    no_answer,
    busy,
    rejected,
    unreachable,
    caller_gone_while_ringing,
    ring_all,
    withdrawn,
    offer_cuts_prompt_off,
    offer_at_once,
    prompt_stopped_by_digit,
    prompts_to_their_end,
    message_ended_by_pound,
    message_ended_by_hang_up,
)

TALK = ["PhoneRang ann", "AgentAnswered ann", "AgentLegEnded ann"]
BACK = ["CallReturned", "CallHungUp 16"]
EXPECTED: dict[str, list[str]] = {
    "agent_hangs_up": [ENTERED, *TALK, *BACK],
    "caller_hangs_up": [ENTERED, *TALK, "CallHungUp 16"],
    "engine_hangs_up_talk": [ENTERED, *TALK, "CallHungUp 16"],
    "no_answer": [ENTERED, "PhoneRang ann", "OfferFailed ann no-answer", *BACK],
    "busy": [ENTERED, "OfferFailed ann busy", *BACK],
    "rejected": [ENTERED, "OfferFailed ann rejected", *BACK],
    "unreachable": [ENTERED, "OfferFailed bob unreachable", *BACK],
    "caller_gone_while_ringing": [ENTERED, "PhoneRang ann", "OfferFailed ann caller-gone", "CallHungUp 16"],
    "ring_all": [
        ENTERED,
        "PhoneRang ann",
        "PhoneRang bob",
        "AgentAnswered bob",
        "OfferFailed ann withdrawn",
        "AgentLegEnded bob",
        *BACK,
    ],
    "withdrawn": [ENTERED, "PhoneRang ann", "OfferFailed ann withdrawn", *BACK],
    "offer_cuts_prompt_off": [ENTERED, "PlaybackFinished 1 ok", *TALK, *BACK],
    "offer_at_once": [ENTERED, *TALK, *BACK],
    "prompt_stopped_by_digit": [ENTERED, "DigitPressed 5", "PlaybackFinished 7 ok", "CallHungUp 16"],
    "prompts_to_their_end": [ENTERED, "PlaybackFinished 8 ok", "CallHungUp 16"],
    "message_ended_by_pound": [ENTERED, "DigitPressed #", "MessageRecorded 3 voicemail/abc", "CallHungUp 16"],
    "message_ended_by_hang_up": [ENTERED, "CallHungUp 16"],
}
