"""What a browser needs to be a phone."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId, Time


class IceServerAnswer(Answer):
    """A STUN or TURN server, as `RTCPeerConnection` takes it."""

    urls: list[str]
    username: str | None
    """Null for STUN. It holds until which time it is good."""
    credential: str | None


class PhoneAnswer(Answer):
    """A SIP account for one session's browser: SIP over WebSocket (RFC 7118), media by DTLS-SRTP and ICE."""

    username: Annotated[str, Field(examples=["e101t0123456789abw0f1e2d3c4b5a6978"])]
    """The SIP account. The member's phone is what stands before the `w`."""
    password: str
    """Good until `expires_at`. Ask again before that, and it is good for as long again."""
    uri: Annotated[str, Field(examples=["sip:e101t0123456789abw0f1e2d3c4b5a6978@pbx.example.com"])]
    contact: Annotated[
        str, Field(examples=["sip:e101t0123456789abw0f1e2d3c4b5a6978@browser.invalid;transport=ws"])
    ]
    """The contact to register: Asterisk rings no contact whose user may be a telephone number."""
    sockets: Annotated[list[str], Field(examples=[["wss://pbx.example.com:8089/ws"]])]
    """Where to connect, best first."""
    ice_servers: list[IceServerAnswer]
    visitor: Annotated[str, Field(examples=["sip:visitor@127.0.0.1"])] | None
    """In development: as whom the page may call in from outside, without a password. Else null."""
    name: str
    """What colleagues see."""
    extension: str
    team: PublicId
    expires_at: Time
