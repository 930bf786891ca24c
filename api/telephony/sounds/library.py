"""The sound library as the api knows it."""

from pathlib import Path

from switchroom.audio.library import SoundLibrary
from switchroom.settings import Settings


def library_of(settings: Settings, team_id: str) -> SoundLibrary | None:
    """Return the sounds that this team's calls may hear. None: the api does not know them, and checks no names."""
    folder: Path | None = settings.sounds_dir
    return None if folder is None else SoundLibrary(folder, team_id)
