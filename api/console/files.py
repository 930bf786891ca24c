"""The console's files, as `scripts/build_console.py` built them, with the policy by which a browser shows them.

Names of files hold a digest of their content: a browser keeps them for ever. Every other path is `index.html`, whose
script reads the path; a browser asks each time whether it changed. They are kept in memory, also compressed.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from switchroom.settings import Settings

FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
HASHED = "assets/"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_NOT_BUILT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Switchroom</title>'
    "<h1>The console is not built</h1><p>Run <code>make console</code>, then open this page again.</p></html>"
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the console. `bodies`: by content encoding; plain under the empty one."""

    kind: str
    etag: str
    bodies: Mapping[str, bytes]

    def best(self, accepted: str) -> tuple[str, bytes]:
        """Return an encoding that the header `Accept-Encoding` names, and the body in it."""
        names = {part.partition(";")[0].strip() for part in accepted.split(",")}
        found = next((name for name in _ENCODINGS if name in names and name in self.bodies), "")
        return found, self.bodies[found]


@lru_cache
def read_files(folder: Path, _index_changed: int) -> dict[str, File]:
    """Read all files below the folder, by their path in it. A new build is read again."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix not in _ENCODINGS.values() and not name.startswith("."):
            plain = path.read_bytes()
            bodies = {"": plain}
            for encoding, suffix in _ENCODINGS.items():
                if (packed := path.with_name(path.name + suffix)).exists():
                    bodies[encoding] = packed.read_bytes()
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            found[name] = File(kind, f'"{sha256(plain).hexdigest()[:20]}"', bodies)
    return found


def console_routes(settings: Settings, folder: Path = FOLDER) -> list[Route]:
    """Return the routes of the console's files."""
    policy = {
        "Content-Security-Policy": content_policy(settings),
        "Permissions-Policy": PERMISSIONS,
    }
    if settings.public_url.startswith("https:"):  # elsewhere browsers ignore it, and complain
        policy["Cross-Origin-Opener-Policy"] = "same-origin"

    def show(request: Request) -> Response:
        try:
            files = read_files(folder, (folder / INDEX).stat().st_mtime_ns)
        except FileNotFoundError:
            return HTMLResponse(_NOT_BUILT, 503, {"Content-Security-Policy": "default-src 'none'"})
        name = request.path_params["name"]
        if name.startswith(HASHED) and name not in files:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        shown = name if name in files else INDEX
        return _answer(request, files[shown], shown.startswith(HASHED), policy)

    async def to_console(_request: Request) -> Response:
        return RedirectResponse("/console/")

    return [Route("/console", to_console), Route("/console/{name:path}", show)]


def _answer(request: Request, file: File, hashed: bool, policy: Mapping[str, str]) -> Response:
    headers = {
        **policy,
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
    }
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    encoding, body = file.best(request.headers.get("accept-encoding", ""))
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, media_type=file.kind)


PERMISSIONS = "microphone=(self), autoplay=(self), fullscreen=(self), speaker-selection=(self), camera=()"


def content_policy(settings: Settings) -> str:
    """Return the policy of the console's pages: nothing but this server, audio and pictures of the S3 server, and the
    port of browser phones."""
    phones = dict.fromkeys(_origin(url) for url in settings.browser_addresses)
    files = storage_origin(settings)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            f"img-src 'self' data: blob: {files}".rstrip(),
            f"media-src 'self' blob: {files}".rstrip(),
            " ".join(("connect-src 'self'", *phones)),
            "frame-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types svelte-trusted-html",
        )
    )


def storage_origin(settings: Settings) -> str:
    """Return the origin from which browsers get recordings, pictures and other files."""
    return _origin(settings.s3_public_endpoint or settings.s3_endpoint)


def _origin(url: str) -> str:
    """Return the URL's origin. Without one, the files are those of AWS."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "https://*.amazonaws.com"
