"""`/docs`: Swagger UI. Its files come from the package `fastapi-swagger`, so that the page works without internet."""

from importlib.resources import files
from typing import Literal

from starlette.responses import HTMLResponse, Response

from api.core.route import router as operations

router = operations(prefix="/docs", include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchroom API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none", filter: true, validatorUrl: null,
});
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI writes styles into its elements; everything else comes from this server."""
_KINDS = {"js": "text/javascript", "css": "text/css", "png": "image/png"}

Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "start.js"]


@router.get("")
async def show_reference() -> Response:
    """Show the reference."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/{name}")
def get_asset(name: Asset) -> Response:
    """Return a file of the page."""
    found = _START.encode() if name == "start.js" else _resource(name)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(found, headers=headers, media_type=_KINDS[name.rpartition(".")[2]])


def _resource(name: str) -> bytes:
    return files("fastapi_swagger").joinpath("resources", name).read_bytes()
