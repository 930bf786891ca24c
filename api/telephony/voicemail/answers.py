"""What clients get of voicemails."""

from api.conventions.answers import answer
from api.telephony.voicemail.resource import VOICEMAIL

VoicemailAnswer = answer(
    "Voicemail",
    VOICEMAIL,
    "`url`: a presigned URL of the audio, null until it is stored.",
    read=bool,
    url=str | None,
)
