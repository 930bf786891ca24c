"""What clients send about devices."""

from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AfterValidator, Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Line, OneOf, Url
from models.device import Platform
from switchroom.vapid import decoded

_EXAMPLE_KEY = "BIPUL12DLfytvTajnryr2PRdAgXS3HGKiLqndGcJGabyhHheJYlNGCeXl1dn18gSJ1WAkAPIxr4gK0_dQds4yiI"
_AUTH_BYTES = 16


def _decoded(value: str) -> bytes:
    try:
        return decoded(value)
    except ValueError:
        raise ValueError("Not base64url") from None


def _point(value: str) -> str:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(value))
    except ValueError:
        raise ValueError("Not a public key of P-256 in base64url") from None
    return value


def _auth(value: str) -> str:
    if len(_decoded(value)) != _AUTH_BYTES:
        raise ValueError("Not 16 bytes in base64url")
    return value


def _https(value: str) -> str:
    if not value.lower().startswith("https://"):
        raise ValueError("Not a web address with https")
    return value


class Keys(Body):
    """The keys by which only the browser reads a push."""

    p256dh: Annotated[
        str, StringConstraints(max_length=200), AfterValidator(_point), Field(examples=[_EXAMPLE_KEY])
    ]
    auth: Annotated[
        str,
        StringConstraints(max_length=50),
        AfterValidator(_auth),
        Field(examples=["BTBZMqHH6r4Tts7J_aSIgg"]),
    ]


class Subscription(Body):
    """What a browser gives to a page that subscribes to pushes: `PushSubscription.toJSON()`."""

    endpoint: Annotated[
        Url, AfterValidator(_https), Field(examples=["https://push.example.net/push/JzLQ3raZJfFBR0aq"])
    ]
    keys: Keys


RegistrationId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_:.~-]{1,512}$"),
    Field(examples=["bk3RNwTe3H0:CI2k_HHwgIpoDKCIZ"]),
]


class DeviceCreate(Body):
    """A browser or an app that shall get the user's pushes."""

    registration_id: RegistrationId | None = None
    """With `fcm` the token that FCM gave to the app. With `webpush` a name of your choice, or none."""
    platform: OneOf[Platform]
    subscription: Subscription | None = None
    """With `webpush`: the browser's subscription."""
    name: Line = ""
    doNotDisturb: bool = False
    """Whether the device gets no pushes for now."""


class DeviceUpdate(Patch):
    """What changes in a device."""

    name: Line
    doNotDisturb: bool
