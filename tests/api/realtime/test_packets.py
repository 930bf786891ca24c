"""Packets of Engine.IO and Socket.IO, and what is a virtual request."""

import pytest

from api.realtime.sails_io.packets import BadPacket, Packet, connected_packet, parse_packet, refused_packet
from api.realtime.sails_io.virtual_request import BadRequest, parse_request

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", Packet("0", "/", None, None)),
        ('0{"token":1}', Packet("0", "/", None, {"token": 1})),
        ("0/admin,", Packet("0", "/admin", None, None)),
        ("0/admin?a=b,", Packet("0", "/admin", None, None)),
        ('2["get",{"url":"/"}]', Packet("2", "/", None, ["get", {"url": "/"}])),
        ('217["get"]', Packet("2", "/", 17, ["get"])),
        ('2/admin,3["x"]', Packet("2", "/admin", 3, ["x"])),
    ],
)
def test_a_packet_is_read(text: str, packet: Packet) -> None:
    assert parse_packet(text) == packet


@pytest.mark.parametrize("text", ["", "9", '51-["a",{"_placeholder":true,"num":0}]', "2[", "2nonsense", "x"])
def test_what_is_no_packet_is_refused(text: str) -> None:
    with pytest.raises(BadPacket):
        parse_packet(text)


def test_each_version_gets_its_own_words() -> None:
    assert (connected_packet("s", 3), connected_packet("s", 4)) == (b"40", b'40{"sid":"s"}')
    assert refused_packet("/x", 3) == b'44/x,"Invalid namespace"'
    assert refused_packet("/x", 4) == b'44/x,{"message":"Invalid namespace"}'


def test_data_is_the_query_of_a_get_and_the_body_of_the_others() -> None:
    asked = parse_request(
        "get", [{"url": "/v1/chat?skip=1", "data": {"where": {"a": 1}, "limit": 5, "no": None}}]
    )
    assert (asked.path, asked.body) == ("/v1/chat", b"")
    assert asked.query == "skip=1&where=%7B%22a%22%3A1%7D&limit=5"
    assert parse_request("post", [{"url": "/v1/chat", "data": {}}]).body == b"{}"
    assert parse_request("delete", [{"url": "/v1/chat/1", "data": {}}]).body == b""
    assert parse_request("post", [{"method": "PATCH", "url": "/v1/chat/1"}]).method == "PATCH"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (None, "request"),
        ({"method": "brew", "url": "/"}, "method"),
        ({"url": "v1/chat"}, "url"),
        ({"url": 5}, "url"),
        ({"url": "/" * 9000}, "url"),
        ({"url": "/", "headers": {"a b": "c"}}, "headers"),
        ({"url": "/", "headers": {"a": "b\r\nc"}}, "headers"),
        ({"url": "/", "data": [1]}, "data"),
    ],
)
def test_what_is_no_request_names_the_field(said: object, field: str) -> None:
    with pytest.raises(BadRequest) as found:
        parse_request("get", [said])
    assert found.value.field == field
