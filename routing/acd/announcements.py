"""What waiting callers are told, and what the agent hears before being connected.

A caller who is told something stays in phase `QUEUED`: `Call.announcing` is the token of the `Play`. An offer cuts the
announcement off. When it ends the music comes back. English is made of Asterisk's core sounds, except a span of
minutes, for which there are no sounds. Other languages are spoken texts.
"""

from dataclasses import dataclass

from routing.acd import estimated_wait
from routing.commands import Play, StopPlay
from routing.config import QueueConfig
from routing.expressions import spoken_numbers
from routing.expressions.prompts import Audio, prompt
from routing.ids import TimerPurpose
from routing.state import Call, Queue
from routing.state.phases import CallPhase
from routing.state.world import World

LONGEST = 120.0
"""Seconds after which an announcement counts as over if its end was not told."""
BUSY = 5.0
"""How long (s) the position waits if it is to be told while a comfort sound plays."""
SHORTEST = 1.0
"""An announcement never comes sooner than this (s), whatever is configured."""


@dataclass(frozen=True, slots=True)
class Words:
    """An announcement in one language; `{n}`, `{low}` and `{high}` are figures."""

    first: str
    position: str
    less: str
    less_one: str
    between: str
    thanks: str


WORDS: dict[str, Words] = {
    "en": Words(
        "Your call is first in line.",
        "You are caller number {n}.",
        "The estimated waiting time is less than {high} minutes.",
        "The estimated waiting time is less than one minute.",
        "The estimated waiting time is between {low} and {high} minutes.",
        "Thank you for your patience.",
    ),
    "de": Words(
        "Sie sind der nächste Anrufer.",
        "Vor Ihnen warten noch andere. Sie sind Anrufer Nummer {n}.",
        "Die Wartezeit beträgt voraussichtlich weniger als {high} Minuten.",
        "Die Wartezeit beträgt voraussichtlich weniger als eine Minute.",
        "Die Wartezeit beträgt voraussichtlich zwischen {low} und {high} Minuten.",
        "Vielen Dank für Ihre Geduld.",
    ),
    "fr": Words(
        "Vous êtes le prochain appelant.",
        "Vous êtes l'appelant numéro {n}.",
        "Le temps d'attente estimé est de moins de {high} minutes.",
        "Le temps d'attente estimé est de moins d'une minute.",
        "Le temps d'attente estimé est entre {low} et {high} minutes.",
        "Merci de votre patience.",
    ),
    "es": Words(
        "Usted es el siguiente en la cola.",
        "Su llamada es la número {n} en la cola.",
        "El tiempo de espera estimado es de menos de {high} minutos.",
        "El tiempo de espera estimado es de menos de un minuto.",
        "El tiempo de espera estimado es de entre {low} y {high} minutos.",
        "Gracias por su paciencia.",
    ),
}
"""By the first part of the language's name. For any other language the caller hears English."""


def start(world: World, call: Call, queue: Queue) -> None:
    """Start the timers of what the caller, who has joined, is to be told."""
    config = queue.config
    if _tells(config):
        _clock(world, call, TimerPurpose.ANNOUNCE, config.announce_first)
    if config.comfort_sounds:
        _clock(world, call, TimerPurpose.COMFORT, config.comfort_every)


def settings_changed(world: World, call: Call, queue: Queue) -> None:
    """Stop the timers of what is not told any more. Timers that run go on."""
    if not _tells(queue.config):
        world.cancel_timer(call.id, TimerPurpose.ANNOUNCE)
    if not queue.config.comfort_sounds:
        world.cancel_timer(call.id, TimerPurpose.COMFORT)
    start(world, call, queue)


def _tells(config: QueueConfig) -> bool:
    return config.announce_position or config.announce_wait


def _clock(world: World, call: Call, purpose: TimerPurpose, seconds: float) -> None:
    if not world.runs(call.id, purpose):
        world.start_timer(call.id, purpose, world.now + max(SHORTEST, seconds))


def stop(world: World, call: Call) -> None:
    """Stop all announcements: the caller leaves the queue."""
    call.announcing = None
    world.cancel_timer(call.id, TimerPurpose.ANNOUNCE, TimerPurpose.COMFORT)


def hush(world: World, call: Call) -> None:
    """End what the caller hears, because they go on elsewhere."""
    if call.announcing is not None and call.phase is CallPhase.QUEUED:
        call.announcing = None
        world.emit(StopPlay(call.id))


def due(world: World, call: Call, purpose: TimerPurpose) -> None:
    """Tell the waiting caller their position (`ANNOUNCE`) or play a comfort sound (`COMFORT`)."""
    queue = world.queue_of(call)
    if queue is None:
        return
    if purpose == TimerPurpose.COMFORT:
        _comfort(world, call, queue.config)
    elif call.announcing is not None:
        _clock(world, call, purpose, BUSY)
        return
    elif told := message(world, call, queue):
        call.announcements += 1
        _play(world, call, told)
    postpone(world, call, purpose)


def _comfort(world: World, call: Call, config: QueueConfig) -> None:
    """Play the next comfort sound, unless the caller is being told something."""
    if call.announcing is None and config.comfort_sounds:
        sound = config.comfort_sounds[call.comforts % len(config.comfort_sounds)]
        call.comforts += 1
        _play(world, call, Audio((sound,)))


def postpone(world: World, call: Call, purpose: TimerPurpose) -> None:
    """Plan the next announcement or comfort sound. A call that is being offered is told nothing."""
    queue = world.queue_of(call)
    if queue is None:
        return
    if purpose == TimerPurpose.COMFORT:
        if queue.config.comfort_sounds:
            _clock(world, call, purpose, queue.config.comfort_every)
    elif _tells(queue.config):
        _clock(world, call, purpose, queue.config.announce_every)


def _play(world: World, call: Call, audio: Audio) -> None:
    call.token += 1
    call.announcing = call.token
    world.without_music.pop(call.id, None)
    world.emit(Play(call.id, call.token, audio.sounds, audio.prompts))
    world.start_timer(call.id, TimerPurpose.GUARD, world.now + LONGEST)


def over(world: World, call: Call) -> None:
    """Bring the music back: the announcement has ended, or could not be played."""
    call.announcing = None
    if call.phase is CallPhase.QUEUED:
        world.cancel_timer(call.id, TimerPurpose.GUARD)
        world.without_music[call.id] = None


# -- words ---------------------------------------------------------------------------------------------------


def language_of(world: World, call: Call) -> str:
    team = None if call.team is None else world.teams.get(call.team)
    return call.language or (team.language if team else "en")


def message(world: World, call: Call, queue: Queue) -> Audio:
    """Return position and estimated wait, as far as they are to be told and are known; empty if there is nothing to
    say."""
    config, place = queue.config, queue.calls.position(call.id)
    wait = estimated_wait.span(queue, place, world.now) if config.announce_wait else None
    if not config.announce_position and wait is None:
        return Audio()
    language = language_of(world, call)
    words = WORDS.get(language.partition("-")[0].lower())
    if words is None:
        language, words = "en", WORDS["en"]
    if words is WORDS["en"]:
        return _in_english(place if config.announce_position else None, wait, language)
    texts = (
        [words.first if place == 1 else words.position.format(n=place)] if config.announce_position else []
    )
    if wait is not None:
        texts.append(_wait_text(words, wait))
    text = prompt(" ".join([*texts, words.thanks]), language)
    return Audio((text.sound,), (text,))


def _wait_text(words: Words, wait: estimated_wait.Span) -> str:
    low, high = estimated_wait.in_minutes(wait)
    if low:
        return words.between.format(low=low, high=high)
    return words.less_one if high == 1 else words.less.format(high=high)


def _in_english(place: int | None, wait: estimated_wait.Span | None, language: str) -> Audio:
    told = Audio()
    if place == 1:
        told += Audio(("queue-youarenext",))
    elif place is not None:
        told += Audio(("queue-thereare", *spoken_numbers.number(place), "queue-callswaiting"))
    if wait is not None:
        low, high = estimated_wait.in_minutes(wait)
        if low:
            text = prompt(_wait_text(WORDS["en"], wait), language)
            told += Audio((text.sound,), (text,))
        else:
            told += Audio(("queue-holdtime", "queue-less-than", *spoken_numbers.minutes(high)))
    return told + Audio(("queue-thankyou",))


def whisper(world: World, call: Call, queue: Queue) -> tuple[str, ...]:
    """Return what the agent hears before being connected. Figures are read out in English."""
    config = queue.config
    if not config.agent_wait:
        return config.agent_sounds
    wait = spoken_numbers.duration(world.now - call.joined_at)
    return (*config.agent_sounds, "queue-reporthold", *wait)
