"""What recordings and voicemails share: their way from the node's disk to S3, and their transcript."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from models.base import Json, Row, time_field

ON_S3 = frozenset({"stored", "incomplete", "empty"})
"""The states in which `s3_key`, if there is one, names an object."""

PLAYED = ON_S3 - {"empty"}
"""The states in which there is something to hear."""

NOT_DELETED = "not deleted"
"""The error of a row that is kept for longer than its days begins so: the store refused to delete the object."""


class StoredFile(Row):
    """A WAV file on the disk of `node` until it is `stored` on S3."""

    node: str = Field(default="", max_length=20)
    state: str = Field(default="pending", max_length=20)
    """pending, uploading, stored, incomplete, empty, failed or deleted.

    `incomplete`: it is on S3, but shorter than the talk was. `empty`: nothing was said, or nothing was recorded. What
    an empty one holds is on S3 too, if it holds any sound at all.
    """
    s3_key: str | None = Field(default=None, max_length=300)
    size: int | None = None
    """Bytes of the object."""
    sha256: str | None = Field(default=None, max_length=64)
    seconds: float | None = None
    attempts: int = 0
    error: str | None = None
    transcript: list[Any] | dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    transcript_state: str = Field(default="none", max_length=20)
    """none, pending, done or failed."""
    transcript_error: str | None = None
    stored_at: datetime | None = time_field()
    deleted_at: datetime | None = time_field()
