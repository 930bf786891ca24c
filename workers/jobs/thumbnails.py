"""Thumbnails of pictures. A picture may be hostile: it is opened by a few decoders only, and never if it is huge."""

import logging
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from models import File
from models.file import PICTURE_TYPES, object_key, tell_of_file, thumbnail_key
from switchroom.database import session
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

LARGEST = 320
"""Pixels of the longer side."""
MOST_BYTES = 100 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""A picture of more is not decoded: it would take more than 160 MB of memory."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_BAD = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for pictures that are broken, or are none."""


class NoThumbnail(Exception):
    """There is no thumbnail of this picture. The text says why."""


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int


def make_thumbnail(file_id: str) -> None:
    """Job: see `store_thumbnail`."""
    store_thumbnail(get_resources(), file_id)


def store_thumbnail(resources: Resources, file_id: str) -> None:
    """Make the thumbnail of a file and note its size on the row. Does nothing if the file is gone or no picture.

    A picture that cannot be opened has none; the log says why. Raises `StorageError`: the job is tried again.
    """
    with session(resources.engine, readonly=True) as db:
        file = db.get(File, file_id)
    if file is None or file.type not in PICTURE_TYPES or file.size > MOST_BYTES:
        return
    with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        picture, thumbnail = Path(folder) / "picture", Path(folder) / "thumbnail.png"
        resources.storage.get_file(object_key(file_id), picture)
        try:
            size = draw(picture, thumbnail)
        except NoThumbnail as reason:
            logger.info("no thumbnail", extra={"file": file_id, "why": str(reason)[:200]})
            return
        resources.storage.put_file(thumbnail_key(file_id), thumbnail, "image/png")
    with session(resources.engine) as db:
        found = db.get(File, file_id, with_for_update=True)
        if found is not None:
            found.thumb_width, found.thumb_height = size.width, size.height
            db.add(found)
            db.flush()
            tell_of_file(db, "updated", found)
    if found is None:
        resources.storage.delete(thumbnail_key(file_id))


def draw(picture: Path, thumbnail: Path) -> Size:
    """Write the thumbnail as PNG, upright and without metadata, and return its size. Raises `NoThumbnail`."""
    try:
        with warnings.catch_warnings():
            # We have a limit of our own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(picture, formats=FORMATS) as image:
                _require_small(image)
                image.draft("RGB", (LARGEST * 2, LARGEST * 2))
                small = ImageOps.exif_transpose(image)
                small.thumbnail((LARGEST, LARGEST))
                plain = Image.new("RGBA", small.size)
                plain.paste(small.convert("RGBA"))
                plain.save(thumbnail, "PNG", optimize=True)
                return Size(*plain.size)
    except _BAD as error:
        raise NoThumbnail(f"{type(error).__name__}: {error}") from error


def _require_small(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise NoThumbnail(f"{width} x {height} pixels are too many")
