"""Thumbnails of pictures, good and hostile ones."""

import io
import secrets
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import Session

from models import File, Team, User
from models.file import object_key, thumbnail_key
from switchroom.ids import new_id
from workers.jobs.thumbnails import LARGEST, NoThumbnail, Size, draw, store_thumbnail
from workers.resources import Resources


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 0 if mode != "RGB" else (200, 10, 10)).save(out, kind, **options)
    return out.getvalue()


def drawn(folder: Path, content: bytes) -> tuple[Size, Image.Image]:
    source, out = folder / "in", folder / "out.png"
    source.write_bytes(content)
    size = draw(source, out)
    image = Image.open(out)
    image.load()
    return size, image


@pytest.mark.unit
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_every_kind_is_drawn_small_and_in_proportion(tmp_path: Path, kind: str) -> None:
    size, image = drawn(tmp_path, picture(1600, 400, kind))
    assert size == Size(LARGEST, LARGEST // 4)
    assert image.size == (LARGEST, LARGEST // 4)
    assert image.format == "PNG"


@pytest.mark.unit
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_odd_modes_are_drawn(tmp_path: Path, mode: str) -> None:
    size, _ = drawn(tmp_path, picture(10, 20, "TIFF" if mode == "CMYK" else "PNG", mode))
    assert size == Size(10, 20)


@pytest.mark.unit
def test_a_turned_photo_stands_upright_and_tells_no_place(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "the place"
    size, image = drawn(tmp_path, picture(400, 200, "JPEG", exif=exif))
    assert size == Size(160, 320)
    assert not image.getexif()
    assert b"the place" not in (tmp_path / "out.png").read_bytes()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it has so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.unit
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        picture(50, 50)[:-30],
        picture(50, 50, "JPEG")[:200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        bomb(30_000, 30_000),
        bomb(65_535, 65_535),
        bomb(0, 5),
    ],
    ids=["empty", "text", "svg", "head", "cut", "cut jpeg", "eps", "bomb", "larger bomb", "nothing wide"],
)
def test_a_broken_or_huge_picture_has_none(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NoThumbnail):
        drawn(tmp_path, content)


def stored(resources: Resources, content: bytes, kind: str = "image/png") -> File:
    user = User(email=f"{new_id()}@example.com", first_name="Ann")
    team = Team(
        team_name=new_id(),
        slug=new_id(),
        owner_id=user.id,
        billing_id=secrets.randbelow(10**9),
        number=secrets.randbelow(10**9),
    )
    file = File(
        team_id=team.id, name="a", filename="a", extension="png", type=kind, size=len(content), sha256=""
    )
    with Session(resources.engine, expire_on_commit=False) as session:
        for row in (user, team, file):
            session.add(row)
            session.flush()
        session.commit()
    resources.storage.begin_upload(object_key(file.id), kind).finish(content)
    return file


@pytest.mark.service
def test_the_job_notes_the_size_and_may_run_twice(both: Resources) -> None:
    file = stored(both, picture(640, 320))
    for _ in range(2):
        store_thumbnail(both, file.id)
    with Session(both.engine) as session:
        row = session.get_one(File, file.id)
        assert (row.thumb_width, row.thumb_height) == (320, 160)
    assert both.storage.exists(thumbnail_key(file.id))


@pytest.mark.service
def test_a_file_that_is_no_picture_or_gone_has_none(resources: Resources) -> None:
    broken = stored(resources, b"GIF89a and no more", "image/gif")
    svg = stored(resources, b"<svg/>", "image/svg+xml")
    for id in (broken.id, svg.id, new_id()):
        store_thumbnail(resources, id)
        assert not resources.storage.exists(thumbnail_key(id))
