"""Which figures a report can have, by what is counted and by what its rows are."""

from collections.abc import Mapping

from pydantic import BaseModel

from analysis.reports.report import OF_CONVERSATIONS, By, Of
from api.telephony.reports.answers import (
    AgentRow,
    ConversationAgentRow,
    ConversationQueueRow,
    NumberRow,
    QueueRow,
)

_ROWS: Mapping[tuple[Of, By], type[BaseModel]] = {
    (Of.CALLS, By.QUEUE): QueueRow,
    (Of.CALLS, By.AGENT): AgentRow,
    (Of.CALLS, By.NUMBER): NumberRow,
    (Of.CONVERSATIONS, By.QUEUE): ConversationQueueRow,
    (Of.CONVERSATIONS, By.AGENT): ConversationAgentRow,
}
_KEYS = frozenset({"id", "name", "number", "start", "end"})
FIGURES = {key: tuple(name for name in row.model_fields if name not in _KEYS) for key, row in _ROWS.items()}
"""The columns that can be chosen."""


def not_counted(of: Of, by: By) -> dict[str, str]:
    """Return what is wrong, by field, if there are no such statistics."""
    if (of, by) in FIGURES:
        return {}
    possible = " or ".join(by.value for by in OF_CONVERSATIONS)
    return {"by": f"Conversations have no number: must be {possible}"}
