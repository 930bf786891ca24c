"""Operations on sounds and music on hold."""

from typing import Annotated

from fastapi import Query

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import CallerDep, ContextDep, ScopeDep
from api.core.errors import Unavailable
from api.core.route import WorkDep, waits
from api.telephony.sounds.answers import MusicAnswer, SoundAnswer
from api.telephony.sounds.library import library_of

router = v1_router(tags=["sounds"])


@router.get("/team/{team_id}/sounds", response_model=list[SoundAnswer])
@waits
def list_sounds(
    team_id: str,
    scope: ScopeDep,
    context: ContextDep,
    work: WorkDep,
    search: Annotated[str, Query(max_length=80)] = "",
) -> list[Shown]:
    """List the sounds that a team's routes and queues may name: Asterisk's library and the team's own."""
    library = library_of(context.settings, scope.team_id(team_id))
    if library is None:
        raise Unavailable("The api does not know the sound library (SWITCHROOM_SOUNDS_DIR)")
    found = {name: languages for name, languages in library.languages().items() if search.lower() in name}
    work.headers["X-Total-Count"] = str(len(found))
    return [{"name": name, "languages": languages} for name, languages in found.items()]


@router.get("/music", response_model=list[MusicAnswer])
def list_music(_caller: CallerDep, context: ContextDep) -> list[Shown]:
    """List the classes of music on hold that routes and queues may name."""
    return [{"name": name} for name in context.settings.music_classes]
