"""What clients get of failed jobs."""

from api.conventions.answers import Answer, PublicId


class JobAnswer(Answer):
    """`object`: the recording or voicemail that the job works on."""

    id: str
    job: str
    state: str
    team: PublicId | None
    call: PublicId
    object: PublicId
    error: str | None
    attempts: int
