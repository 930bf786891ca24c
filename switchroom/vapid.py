"""The key pair by which push services know this installation (VAPID, RFC 8292): P-256, in unpadded base64url."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_BYTES = 32


def make_private_key() -> str:
    """Make a new private key."""
    return _encode(ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(_BYTES))


@lru_cache(maxsize=4)
def public_key(private_key: str) -> str:
    """Return the public key, as browsers take it (`applicationServerKey`). Raises ValueError for no private key."""
    raw = decoded(private_key)
    if len(raw) != _BYTES:
        raise ValueError("not a private key of P-256: 32 bytes in base64url")
    key = ec.derive_private_key(int.from_bytes(raw), _CURVE).public_key()
    return _encode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def decoded(text: str) -> bytes:
    """Return the bytes of an unpadded base64url text. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
