"""Connect numbers of Twilio, and send messages over them.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
https://www.twilio.com/docs/whatsapp/api/senders
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from providers.inbox.base import Accepted, Access, Found, Letter
from providers.inbox.http import Json, SourceRefused, Unknown, ask
from providers.inbox.twilio.states import state_of
from switchroom.inbox import AttachmentType, Source

_TOKEN = re.compile(r"(AC[0-9A-Za-z]{1,40}):(\S{1,200})")
_SID = re.compile(r"[A-Z]{2}[0-9a-zA-Z]{1,40}")
MOST_NUMBERS = 1000
MOST_MEDIA = 10
_CLOCKS = timedelta(minutes=2)
"""How far Twilio's clock and ours may be apart."""


def account_of(token: str) -> tuple[str, str]:
    """Return the account's SID and its auth token. Raises SourceRefused."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise SourceRefused("Twilio: the token must be the account's SID, a colon, and its auth token")
    return found[1], found[2]


class Twilio:
    """See `providers.inbox.base.Adapter`. `endpoint`, `messaging`: base URLs of the REST API and of Messaging's."""

    def __init__(self, source: str, endpoint: str, messaging: str) -> None:
        self._endpoint, self._messaging = endpoint.rstrip("/"), messaging.rstrip("/")
        self._whatsapp = source == Source.WHATSAPP_TWILIO.value

    def available(self, token: str) -> list[Found]:
        if self._whatsapp:
            return [_sender(row) for row in self._senders(token)]
        return [_number(row) for row in self._numbers(token, {"PageSize": "100"})]

    def connect(self, access: Access, hook: str) -> Found:
        if self._whatsapp:
            row = self._find_sender(access)
            webhook = {"webhook": {"callback_url": hook, "callback_method": "POST"}}
            self._ask(
                access.token, "POST", f"{self._messaging}/v2/Channels/Senders/{_sid(row)}", json=webhook
            )
            return _sender(row)
        row = self._find_number(access)
        self._change_number(access, row, {"SmsUrl": hook, "SmsMethod": "POST"})
        return _number(row)

    def disconnect(self, access: Access) -> None:
        if self._whatsapp:
            sid = _sid(self._find_sender(access))
            webhook = {"webhook": {"callback_url": "", "callback_method": "POST"}}
            self._ask(access.token, "POST", f"{self._messaging}/v2/Channels/Senders/{sid}", json=webhook)
        else:
            self._change_number(access, self._find_number(access), {"SmsUrl": ""})

    def send(self, access: Access, letter: Letter) -> Accepted:
        form: dict[str, Any] = {
            "From": self._address(access.external_id),
            "To": self._address(letter.to),
            # Twilio repeats the query, so what it says of a message names ours even if its answer was lost.
            "StatusCallback": f"{letter.hook}?message={letter.id}",
            "Body": _text(letter),
        }
        media = [
            one["payload"]["url"] for one in letter.attachments if one["type"] != AttachmentType.LINK.value
        ]
        if media:
            form["MediaUrl"] = media[:MOST_MEDIA]
        answer = self._ask(access.token, "POST", self._of_account(access.token, "Messages.json"), data=form)
        return _accepted(answer)

    def headers(self, access: Access, url: str) -> dict[str, str]:
        asked, ours = httpx.URL(url), httpx.URL(self._endpoint)
        if (asked.scheme, asked.netloc) != (ours.scheme, ours.netloc):
            return {}
        pair = ":".join(account_of(access.token)).encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def find_sent(self, access: Access, letter: Letter, since: datetime) -> list[Accepted]:
        since -= _CLOCKS
        query = {
            "From": self._address(access.external_id),
            "To": self._address(letter.to),
            "DateSent>": since.astimezone(UTC).date().isoformat(),
            "PageSize": "100",
        }
        answer = self._ask(access.token, "GET", self._of_account(access.token, "Messages.json"), params=query)
        same = [
            (made, row)
            for row in answer.get("messages") or ()
            if row.get("body") == _text(letter) and (made := _time(row.get("date_created"))) and made >= since
        ]
        return [_accepted(row) for _, row in sorted(same, key=lambda one: one[0])]

    def _address(self, number: str) -> str:
        return f"whatsapp:{number}" if self._whatsapp else number

    def _of_account(self, token: str, path: str) -> str:
        return f"{self._endpoint}/2010-04-01/Accounts/{account_of(token)[0]}/{path}"

    def _ask(self, token: str, method: str, url: str, **request: Any) -> Json:
        return ask("Twilio", method, url, auth=account_of(token), **request)

    def _numbers(self, token: str, query: dict[str, str]) -> list[Json]:
        found: list[Json] = []
        url: str | None = self._of_account(token, "IncomingPhoneNumbers.json")
        while url and len(found) < MOST_NUMBERS:
            answer = self._ask(token, "GET", url, **({"params": query} if query else {}))
            found += answer.get("incoming_phone_numbers") or []
            following = answer.get("next_page_uri")
            # The next page's address has the query; httpx would replace it by an empty one.
            url, query = (f"{self._endpoint}{following}", {}) if following else (None, {})
        return found

    def _senders(self, token: str) -> list[Json]:
        query = {"Channel": "whatsapp", "PageSize": "100"}
        found: list[Json] = []
        while len(found) < MOST_NUMBERS:
            answer = self._ask(token, "GET", f"{self._messaging}/v2/Channels/Senders", params=query)
            found += answer.get("senders") or []
            following = (answer.get("meta") or {}).get("next_page_url") or ""
            page = re.search(r"[?&]PageToken=([^&]+)", following)
            if page is None:
                break
            query = {**query, "PageToken": page[1]}
        return found

    def _find_number(self, access: Access) -> Json:
        rows = self._numbers(access.token, {"PhoneNumber": access.external_id, "PageSize": "20"})
        for row in rows:
            if row.get("phone_number") == access.external_id:
                return row
        raise SourceRefused("Twilio: the account has no such number")

    def _find_sender(self, access: Access) -> Json:
        for row in self._senders(access.token):
            if row.get("sender_id") == self._address(access.external_id):
                return row
        raise SourceRefused("Twilio: the account has no such sender of WhatsApp")

    def _change_number(self, access: Access, row: Json, form: dict[str, str]) -> None:
        url = self._of_account(access.token, f"IncomingPhoneNumbers/{_sid(row)}.json")
        self._ask(access.token, "POST", url, data=form)


def _text(letter: Letter) -> str:
    links = [one["payload"] for one in letter.attachments if one["type"] == AttachmentType.LINK.value]
    return "\n".join(
        [part for part in (letter.text, *(f"{link['title']}: {link['url']}" for link in links)) if part]
    )


def _accepted(answer: Json) -> Accepted:
    sid = answer.get("sid")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise Unknown("Twilio: the answer names no message")
    return Accepted(sid, state_of(str(answer.get("status"))))


def _sid(row: Json) -> str:
    sid = row.get("sid")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise SourceRefused("Twilio: the answer has no SID")
    return sid


def _number(row: Json) -> Found:
    number = str(row.get("phone_number"))
    return Found(number, str(row.get("friendly_name") or number)[:100])


def _sender(row: Json) -> Found:
    number = str(row.get("sender_id")).removeprefix("whatsapp:")
    profile = row.get("profile") or {}
    return Found(number, str(profile.get("name") or number)[:100], profile.get("logo_url"))


def _time(text: Any) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
