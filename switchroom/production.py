"""What production refuses at the start: settings that suit a developer's machine and open one on the internet."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from switchroom.settings import Settings

SHORTEST = 16
SHORTEST_KEY = 32
_LEAST_DIFFERENT = 8
_WIDEST_PREFIX = 8
_DEFAULTS = ("change", "default", "example", "password", "secret", "switchroom")
_GET_SECRETS = (
    "google_oauth_endpoint",
    "google_people_endpoint",
    "google_calendar_endpoint",
    "microsoft_login_endpoint",
    "graph_endpoint",
    "exchange_server",
)
_MAKE_ONE = "make one with `openssl rand -hex 24`"


class UnsafeSettings(SystemExit):
    """The process ends with this message on standard error: each setting that is wrong, and what would be right."""


def require_safe(settings: Settings) -> None:
    """Raise `UnsafeSettings` if these are the settings of production and one of them is not safe there."""
    if settings.environment != "production":
        return
    found = [*_secrets(settings), *_redis(settings), *_addresses(settings)]
    if found:
        lines = "".join(f"\n  - SWITCHROOM_{line}" for line in found)
        raise UnsafeSettings(f"SWITCHROOM_ENVIRONMENT is production, which refuses these settings:{lines}")


def _secrets(settings: Settings) -> Iterator[str]:
    if why := _weakness(settings.secret_key.get_secret_value(), SHORTEST_KEY):
        yield f"SECRET_KEY {why}"
    named = {
        "NODE_SECRET": settings.node_secret,
        **{f"NODES ({node.name}: ami_secret)": node.ami_secret for node in settings.nodes},
        **{f"PEERS ({peer.name}: secret)": peer.secret for peer in settings.peers},
    }
    if settings.s3_access_key.get_secret_value():
        named["S3_SECRET_KEY"] = settings.s3_secret_key
    for name, value in named.items():
        if why := _weakness(value.get_secret_value(), SHORTEST):
            yield f"{name} {why}"


def _weakness(secret: str, shortest: int) -> str:
    """Return what is wrong with a secret, without the secret."""
    if len(secret) < shortest:
        return f"has {len(secret)} characters: it needs {shortest} or more; {_MAKE_ONE}"
    word = next((word for word in _DEFAULTS if word in secret.lower()), "")
    if word or len(set(secret)) < _LEAST_DIFFERENT:
        return f"looks like a placeholder{f' (it has the word {word})' if word else ''}; {_MAKE_ONE}"
    return ""


def _redis(settings: Settings) -> Iterator[str]:
    parts = urlsplit(settings.redis_url)
    if parts.scheme == "unix":
        path = Path(unquote(parts.path))
        if path.exists() and path.stat().st_mode & 0o007:
            yield f"REDIS_URL names a socket that others can use: give {path} the mode 0600"
    elif len(unquote(parts.password or "")) < SHORTEST:
        yield (
            f"REDIS_URL has no password of {SHORTEST} characters or more: set `requirepass` in Redis, and "
            "`redis://:PASSWORD@host:port/0` here"
        )


def _addresses(settings: Settings) -> Iterator[str]:
    for name in ("public_url", "s3_public_endpoint"):
        url = getattr(settings, name)
        if url and not url.startswith("https://"):
            yield f"{name.upper()} is {url}: it needs https://, the address of the TLS proxy"
    if plain := [origin for origin in settings.cors_origins if not origin.startswith("https://")]:
        yield f"CORS_ORIGINS has {', '.join(plain)}: name each origin, with https://"
    for name in _GET_SECRETS:
        if getattr(settings, name).lower().startswith("http://"):
            yield f"{name.upper()} begins with http://: it needs https://, since passwords and tokens go there"
    if settings.private_port == settings.api_port:
        yield f"PRIVATE_PORT is the api's own ({settings.api_port}): the two listeners are told apart by the port"
    if proxy := next(filter(_is_the_internet, settings.trusted_proxies), ""):
        yield f"TRUSTED_PROXIES is `{proxy}`, so that any client can claim any address: name the proxies' addresses"
    if network := next(filter(_is_the_internet, settings.ami_permit), ""):
        yield f"AMI_PERMIT is `{network}`: name the engine's machine, since who signs in there controls the node"


def _is_the_internet(network: str) -> bool:
    """Return whether the network is wider than any private one (`10.0.0.0/8`)."""
    try:
        return ip_network(network, strict=False).prefixlen < _WIDEST_PREFIX
    except ValueError:
        return network == "*"
