"""Bodies that are small on the wire and large when they are read: nothing is decompressed, and nothing nests deeply."""

import gzip
import json
import zlib

import pytest

from tests.support.api.client import Person
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


def post(world: World, person: Person | None, body: bytes, **headers: str) -> int:
    sent = {**(person.headers if person else {}), "Content-Type": "application/json", **headers}
    path = "/v1/contact" if person else "/auth/login-user"
    return int(world.api.client.post(path, content=body, headers=sent).status_code)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "zstd"])
def test_a_compressed_body_is_never_decompressed(world: World, encoding: str) -> None:
    """100 MB of blanks before a good object are 100 kB of gzip."""
    text = b" " * 100_000_000 + json.dumps({"first_name": "Ann", "team": pid(world.team)}).encode()
    body = zlib.compress(text, 9) if encoding == "deflate" else gzip.compress(text, 9)
    assert len(body) < 200_000
    assert post(world, world.member, body, **{"Content-Encoding": encoding}) == 400
    assert post(world, None, body, **{"Content-Encoding": encoding}) == 413, "strangers send 64 KiB"
    assert world.call(world.member, "GET", "/contact").json() == []


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b'{"first_name": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"first_name": ' + b"9" * 500_000 + b"}",
        b'{"first_name": 1e999999}',
        b'{"first_name": "' + b"\\ud800" * 50_000 + b'"}',
    ],
    ids=["open", "objects", "nested", "digits", "exponent", "surrogates"],
)
def test_a_body_that_is_hard_to_read_is_a_400(world: World, body: bytes) -> None:
    assert post(world, world.member, body) == 400
    if len(body) < 64 * 1024:
        assert post(world, None, body) == 400


def test_many_small_values_are_too_many(world: World) -> None:
    assert post(world, world.member, b"[" + b"1," * 200_000 + b"1]") == 413
    # Without commas they are few.
    assert post(world, world.member, b'{"first_name": "' + b"a" * 500_000 + b'"}') == 400
