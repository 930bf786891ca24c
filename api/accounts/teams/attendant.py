"""The auto-attendant of a new team: a call route of ordinary blocks, which works without anything being configured.

Who calls the main number hears the team's name, and may find a member by name, ask for the owner or leave a message.
Outside of office hours they are told so, and have the same choice but the owner. All of it is spoken in the team's
language. As long as nobody has edited the route, it follows the team's name, language and time zone.
"""

from typing import Any

from sqlmodel import Session, col, select

from models import CallRoute, CallRouteVersion, DidNumber, Team
from models.outbox import emit_command
from switchroom.languages import base_language
from switchroom.messages.commands import ReloadConfig

PURPOSE = "auto-attendant"
NAME = "Auto attendant"
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OPEN_FROM, OPEN_TO = "09:00", "17:00"

LANGUAGES = {
    "en": "",
    "de": "DE AT LI",
    "fr": "FR BE LU MC",
    "es": "ES MX AR CL CO PE VE EC UY PY BO CR PA GT HN NI SV DO CU",
    "it": "IT SM VA",
    "pt": "PT BR AO MZ",
    "nl": "NL SR",
}
"""The languages in which the attendant speaks, with the countries whose new teams get them. All others get English."""

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "welcome": "Thank you for calling {team}.",
        "closed": "Thank you for calling {team}. Our office is closed now.",
        "directory": "To find a person by name, press 1.",
        "message": "To leave a message, press 2.",
        "reception": "To be connected, press 0, or stay on the line.",
        "record": "Please leave your message after the tone.",
    },
    "de": {
        "welcome": "Willkommen bei {team}.",
        "closed": "Willkommen bei {team}. Unser Büro ist zurzeit geschlossen.",
        "directory": "Um jemanden nach Namen zu suchen, drücken Sie die 1.",
        "message": "Um eine Nachricht zu hinterlassen, drücken Sie die 2.",
        "reception": "Um verbunden zu werden, drücken Sie die 0, oder bleiben Sie am Apparat.",
        "record": "Bitte hinterlassen Sie Ihre Nachricht nach dem Ton.",
    },
    "fr": {
        "welcome": "Bienvenue chez {team}.",
        "closed": "Bienvenue chez {team}. Nos bureaux sont actuellement fermés.",
        "directory": "Pour chercher une personne par son nom, tapez 1.",
        "message": "Pour laisser un message, tapez 2.",
        "reception": "Pour être mis en relation, tapez 0, ou restez en ligne.",
        "record": "Veuillez laisser votre message après le bip sonore.",
    },
    "es": {
        "welcome": "Gracias por llamar a {team}.",
        "closed": "Gracias por llamar a {team}. Nuestra oficina está cerrada en este momento.",
        "directory": "Para buscar a una persona por su nombre, pulse 1.",
        "message": "Para dejar un mensaje, pulse 2.",
        "reception": "Para ser atendido, pulse 0, o permanezca en la línea.",
        "record": "Por favor, deje su mensaje después de la señal.",
    },
    "it": {
        "welcome": "Grazie per aver chiamato {team}.",
        "closed": "Grazie per aver chiamato {team}. I nostri uffici sono chiusi.",
        "directory": "Per cercare una persona per nome, premere 1.",
        "message": "Per lasciare un messaggio, premere 2.",
        "reception": "Per parlare con noi, premere 0, o restare in linea.",
        "record": "Lasciare un messaggio dopo il segnale acustico.",
    },
    "pt": {
        "welcome": "Obrigado por ligar para {team}.",
        "closed": "Obrigado por ligar para {team}. O nosso escritório está fechado neste momento.",
        "directory": "Para procurar uma pessoa pelo nome, prima 1.",
        "message": "Para deixar uma mensagem, prima 2.",
        "reception": "Para ser atendido, prima 0, ou aguarde em linha.",
        "record": "Por favor, deixe a sua mensagem após o sinal.",
    },
    "nl": {
        "welcome": "Welkom bij {team}.",
        "closed": "Welkom bij {team}. Ons kantoor is op dit moment gesloten.",
        "directory": "Om iemand op naam te zoeken, toets 1.",
        "message": "Om een bericht achter te laten, toets 2.",
        "reception": "Om doorverbonden te worden, toets 0, of blijf aan de lijn.",
        "record": "Laat uw bericht achter na de toon.",
    },
}


def language_of(country: str) -> str:
    """Return the language of a new team in this country (ISO 3166 alpha-2): one in which the attendant speaks."""
    return next((language for language, there in LANGUAGES.items() if country in there.split()), "en")


def document(team: Team) -> dict[str, Any]:
    """Return the route's document `{name, entry, blocks}` for the team as it is now."""
    language = base_language(team.language)
    language = language if language in _TEXTS else "en"
    texts = _TEXTS[language]

    def says(*names: str) -> dict[str, str]:
        text = " ".join(texts[name] for name in names)
        return {"say": text.replace("{team}", _as_template(team.team_name)), "language": language}

    mailbox = {"kind": "team", "id": team.id}
    blocks: dict[str, Any] = {
        "hours": {
            "type": "hours",
            "settings": {
                "timezone": team.timezone,
                "weekly": {day: [[OPEN_FROM, OPEN_TO]] for day in WORKDAYS},
            },
            "exits": {"open": "open", "closed": "closed"},
        },
        "open": {
            "type": "menu",
            "settings": {"sound": says("welcome", "directory", "message", "reception"), "retries": 1},
            "exits": {
                "1": "directory",
                "2": "message",
                "0": "reception",
                "timeout": "reception",
                "invalid": "reception",
            },
        },
        "closed": {
            "type": "menu",
            "settings": {"sound": says("closed", "directory", "message"), "retries": 1},
            "exits": {"1": "directory", "2": "message", "timeout": "message", "invalid": "message"},
        },
        "directory": {"type": "directory", "settings": {}, "exits": {"failed": "message"}},
        "reception": {"type": "user", "settings": {"user": team.owner_id}, "exits": {"failed": "message"}},
        "message": {
            "type": "voicemail",
            "settings": {"mailbox": mailbox, "greeting": says("record")},
            "exits": {},
        },
    }
    return {"name": NAME, "entry": "hours", "blocks": blocks}


def _as_template(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def generate(session: Session, team: Team) -> CallRoute:
    """Create the team's auto-attendant."""
    made = document(team)
    route = CallRoute(team_id=team.id, purpose=PURPOSE, **made)
    session.add(route)
    session.flush()
    session.add(CallRouteVersion(route_id=route.id, version=1, document=made, saved_by=team.owner_id))
    emit_command(session, ReloadConfig(kind="route", id=route.id))
    return route


def generated(session: Session, team_id: str) -> CallRoute | None:
    """Return the auto-attendant that was made for the team, unless it was deleted."""
    mine = select(CallRoute).where(col(CallRoute.team_id) == team_id, col(CallRoute.purpose) == PURPOSE)
    return session.exec(mine).first()


def follow(session: Session, team: Team, before: dict[str, Any]) -> None:
    """Let the attendant follow a change of the team, if nobody has edited it. `before`: its document until now."""
    route, now = generated(session, team.id), document(team)
    if route is None or now == before or _document_of(route) != before:
        return
    route.blocks = now["blocks"]
    route.version += 1
    session.add(route)
    session.flush()
    session.add(CallRouteVersion(route_id=route.id, version=route.version, document=now))
    emit_command(session, ReloadConfig(kind="route", id=route.id))


def _document_of(route: CallRoute) -> dict[str, Any]:
    return {"name": route.name, "entry": route.entry, "blocks": route.blocks}


def take_number(session: Session, team: Team, number: DidNumber) -> None:
    """Let a number that leads nowhere be the team's main number, if the attendant still waits for one."""
    led = (number.route_id, number.queue_id, number.user_id)
    route = generated(session, team.id) if team.main_number is None and not any(led) else None
    if route is None:
        return
    number.route_id = route.id
    team.main_number = number.e164
    session.add(number)
    session.flush()
    emit_command(session, ReloadConfig(kind="team", id=team.id))
