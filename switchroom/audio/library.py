"""Asterisk's sound library: the names that routes may give to sounds.

A file `<folder>/en/vm-intro.wav` is the sound `vm-intro` in the language `en`. Sounds below `team/<id>/` belong to that
team alone.
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

FORMATS = (
    "wav", "gsm", "ulaw", "alaw", "sln", "sln16", "g722", "g729", "sln32", "sln48", "siren7", "siren14", "opus", "ogg",
)  # fmt: skip
"""Endings of files that Asterisk plays."""
_LANGUAGE = re.compile(r"([a-z]{2,3}([_-][A-Za-z]{2})?)(_[A-Za-z_]+)?")
"""The folder of a language. Debian's names end with the voice: `en_US_f_Allison`."""
_NAME = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*")
_TEAMS = re.compile(r"team/([0-9a-f]{32})/")


class SoundLibrary(Collection[str]):
    """The names of the sounds that a team's calls may hear.

    `folder` is `<data_dir>/sounds`. Its files are looked up at each question.
    """

    def __init__(self, folder: Path, team_id: str) -> None:
        self._folder, self._team_id = folder, team_id

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._allows(name) and self._is_there(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.languages())

    def __len__(self) -> int:
        return len(self.languages())

    def languages(self) -> dict[str, list[str]]:
        """Return the names, sorted, with the languages in which each is there. A sound of no language has none."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for folder, language in self._folders:
            for name in _names_in(folder):
                if language is None and _LANGUAGE.fullmatch(name.partition("/")[0]):
                    continue
                if self._allows(name):
                    found[name] |= {language} if language else set()
        return {name: sorted(found[name]) for name in sorted(found)}

    def _is_there(self, name: str) -> bool:
        return any(
            (folder / f"{name}.{format}").is_file() for folder, _ in self._folders for format in FORMATS
        )

    @cached_property
    def _folders(self) -> list[tuple[Path, str | None]]:
        """The folders in which names begin, each with its language: that of the library itself has none."""
        inside = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        languages = [(path, _LANGUAGE.fullmatch(path.name)) for path in inside]
        return [
            (self._folder, None),
            *((path, found[1]) for path, found in languages if found and path.is_dir()),
        ]

    def _allows(self, name: str) -> bool:
        """Say whether this team may use a name: it is no other team's."""
        owner = _TEAMS.match(name)
        return _NAME.fullmatch(name) is not None and (owner is None or owner[1] == self._team_id)


def _names_in(folder: Path) -> Iterator[str]:
    """Yield the names of all sounds in a folder and those below it, once for each file."""
    for base, _, files in os.walk(folder):
        start = "" if base == str(folder) else f"{os.path.relpath(base, folder)}/"
        for name, ending in map(os.path.splitext, files):
            if ending[1:] in FORMATS:
                yield start + name
