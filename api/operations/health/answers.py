"""What clients get of the health of every part."""

from typing import Any, Literal

from api.conventions.answers import Answer


class Health(Answer):
    """`degraded`: calls are served, but another part is away. `failing` (503): no call can be served."""

    status: Literal["ok", "degraded", "failing"]
    parts: dict[str, dict[str, Any]]
    reasons: dict[str, str]
