"""Where uploaded prompts are used."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlmodel import Session, col, select

from api.conventions.resource import Shown
from models import CallRoute, Department, Mailbox, PromptKind, Queue, Team, UploadedPrompt
from routing.expressions.prompts import upload_named
from routing.routes.references import references
from switchroom.ids import public_id


def uses(session: Session, teams: Collection[str]) -> dict[str, list[Shown]]:
    """Return `[{kind, id, name}]` of everything of these teams that plays a prompt, by the prompt's id."""
    found: defaultdict[str, list[Shown]] = defaultdict(list)
    for kind, id, name, named in _users(session, teams):
        for prompt in sorted(named):
            found[prompt].append({"kind": kind, "id": public_id(id), "name": name})
    return found


def _users(session: Session, teams: Collection[str]) -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield what may play prompts: kind, id, name, and the ids that it names."""
    for route in session.exec(
        select(CallRoute).where(col(CallRoute.team_id).in_(teams)).order_by(CallRoute.name)
    ):
        named = {id for kind, id in references(route.blocks) if kind in ("upload", "music")}
        yield "route", route.id, route.name, named
    for team in session.exec(select(Team).where(col(Team.id).in_(teams)).order_by(Team.team_name)):
        yield "team", team.id, team.team_name, {team.hold_music}
    for queue in session.exec(select(Queue).where(col(Queue.team_id).in_(teams)).order_by(Queue.name)):
        sounds = {id for sound in (*queue.comfort_sounds, *queue.agent_sounds) if (id := upload_named(sound))}
        # A class of Asterisk's own is no id.
        yield "queue", queue.id, queue.name, {queue.music, *sounds}
    for box in session.exec(select(Mailbox).where(col(Mailbox.team_id).in_(teams)).order_by(Mailbox.id)):
        greetings = [sound for sound in box.greetings.values() if isinstance(sound, str)]
        if played := {id for sound in greetings if (id := upload_named(sound))}:
            yield "mailbox", box.id, f"the mailbox of the {box.kind}", played
    for department in session.exec(
        select(Department).where(col(Department.team_id).in_(teams)).order_by(Department.name)
    ):
        if department.callcenter_hold_music:
            yield "department", department.id, department.name, {department.callcenter_hold_music}
    music = select(UploadedPrompt).where(
        col(UploadedPrompt.team_id).in_(teams), UploadedPrompt.kind == PromptKind.MUSIC.value
    )
    for prompt in session.exec(music.order_by(UploadedPrompt.name)):
        yield "prompt", prompt.id, prompt.name, set(prompt.tracks)
