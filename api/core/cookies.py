"""The cookie by which the pages of the web console are signed in. No script can read it.

A browser sends it by itself, whoever made the page that asks. So a request with it counts only if a page of our own
origin made it.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser

from api.core.errors import Forbidden, Unauthenticated
from api.core.tokens import read_console_token
from switchroom.settings import Settings

_PLAIN = "switchroom"
_OVER_TLS = "__Host-switchroom"
"""A browser takes a cookie of this name over TLS only, and for no other host."""
_OWN_PAGE = ("same-origin", "none")
"""`Sec-Fetch-Site` of requests of our own pages, and of addresses that people open."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_over_tls(request: HTTPConnection, settings: Settings) -> bool:
    """Return whether the browser speaks TLS with us, or with the proxy before us."""
    return request.url.scheme == "https" or settings.public_url.startswith("https:")


def cookie_name(request: HTTPConnection, settings: Settings) -> str:
    """Return the name of the cookie for this request."""
    return _OVER_TLS if is_over_tls(request, settings) else _PLAIN


def cookie_of(request: HTTPConnection, settings: Settings) -> str | None:
    """Return the token in the request's cookie, which nobody checked."""
    if "cookie" not in request.headers:
        return None
    return request.cookies.get(cookie_name(request, settings))


def set_cookie(request: HTTPConnection, settings: Settings, token: str) -> str:
    """Return the header `Set-Cookie` that signs the browser in until it is closed. An empty token signs it out."""
    secure = "; Secure" if is_over_tls(request, settings) else ""
    ends = "" if token else "; Max-Age=0"
    return f"{cookie_name(request, settings)}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ends}"


def require_own_page(request: HTTPConnection, settings: Settings) -> None:
    """Refuse a request that a page of another origin made. Raises Forbidden.

    A request that changes something must say where it comes from; every browser does.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    foreign = (site is not None and site not in _OWN_PAGE) or (
        origin is not None and origin not in _own_origins(request, settings)
    )
    unsafe = request.scope.get("method") not in _SAFE
    if foreign or (unsafe and origin is None and site != "same-origin"):
        raise Forbidden("Only pages of this server may use its cookie: the Origin is another one, or missing")


def _own_origins(request: HTTPConnection, settings: Settings) -> tuple[str, str]:
    public = urlsplit(settings.public_url)
    return f"{request.url.scheme}://{request.url.netloc}", f"{public.scheme}://{public.netloc}"


def has_valid_cookie(settings: Settings, headers: Headers) -> bool:
    """Return whether there is a cookie of ours that has not expired. Its session may be revoked."""
    found = cookie_parser(headers.get("cookie", ""))
    for name in (_OVER_TLS, _PLAIN):
        if name in found:
            try:
                read_console_token(settings, found[name])
            except Unauthenticated:
                continue
            return True
    return False
