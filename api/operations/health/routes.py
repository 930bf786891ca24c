"""`/health` and `/metrics`: for supervisors, load balancers and Prometheus; no token, no secret.

`/metrics` is served at the private listener only.
"""

import asyncio
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.conventions.openapi import shows_text
from api.core.deps import ContextDep
from api.core.media import StorageDep
from api.core.metrics import Metrics
from api.core.route import router as operations
from api.operations.health.answers import HealthAnswer
from api.operations.health.probes import Probe, make_probes

router = operations(tags=["health"])

NEEDED = frozenset({"database", "redis", "engine"})
"""Without these no call is served. While others are away calls go on, and what they do waits."""


@router.get("/health", response_model=HealthAnswer, responses={503: {"model": HealthAnswer}})
async def health(request: Request, context: ContextDep, storage: StorageDep) -> Response:
    """Say whether every part is well: 200 if calls can be served, else 503."""
    probes: dict[str, Probe] | None = getattr(request.app.state, "probes", None)
    if probes is None:
        probes = request.app.state.probes = make_probes(context, storage)
    states = await asyncio.gather(*(probe.state() for probe in probes.values()))
    parts: dict[str, dict[str, Any]] = {"api": {"state": "ok"}}
    for name, part in zip(probes, states, strict=True):
        bad = {"state": "failing", "reason": part.reason}
        parts[name] = {**(bad if part.reason else {"state": "ok"}), **part.details}
    reasons = {name: part["reason"] for name, part in parts.items() if "reason" in part}
    status = "failing" if NEEDED & reasons.keys() else "degraded" if reasons else "ok"
    body = {"status": status, "parts": parts, "reasons": reasons}
    return JSONResponse(body, 503 if status == "failing" else 200)


@router.get("/metrics", response_class=PlainTextResponse, responses=shows_text("switchroom_calls 3.0\n"))
def metrics(request: Request) -> Response:
    """Show the metrics, for Prometheus."""
    found: Metrics = request.app.state.metrics
    return Response(generate_latest(found.registry), media_type=CONTENT_TYPE_LATEST)
