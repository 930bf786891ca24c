"""Connect pages of Facebook, and send messages of theirs.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from datetime import datetime, timedelta
from typing import Any

from providers.inbox.base import Accepted, Access, Found, Letter
from providers.inbox.http import Json, SourceRefused, Unknown, ask
from switchroom.inbox import AttachmentType, DeliveryState

FIELDS = "messages,messaging_postbacks,message_deliveries"
MOST_PAGES = 1000
BUSY = frozenset({1, 2, 4, 17, 32, 341, 613})
"""Codes of errors after which Facebook wants another try: https://developers.facebook.com/docs/graph-api/guides/error-handling"""
_MEDIA = {
    AttachmentType.IMAGE.value: "image",
    AttachmentType.VIDEO.value: "video",
    AttachmentType.AUDIO.value: "audio",
    AttachmentType.FILE.value: "file",
}
_CLOCKS = timedelta(minutes=2)


class Facebook:
    """See `providers.inbox.base.Adapter`. `graph`: the base URL of the Graph API, with its version."""

    def __init__(self, graph: str) -> None:
        self._graph = graph.rstrip("/")

    def available(self, token: str) -> list[Found]:
        found: list[Found] = []
        query = {"fields": "id,name,picture{url}", "limit": "100"}
        while len(found) < MOST_PAGES:
            answer = self._ask(token, "GET", "me/accounts", params=query)
            found += [_page(row) for row in answer.get("data") or () if isinstance(row, dict)]
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not paging.get("next") or not after:
                break
            query = {**query, "after": str(after)}
        return found

    def connect(self, access: Access, hook: str) -> Found:
        page = self._id(access)
        row = self._ask(access.token, "GET", page, params={"fields": "id,name,access_token,picture{url}"})
        if str(row.get("id")) != page:
            raise SourceRefused("Facebook: the token is of another page")
        token = row.get("access_token")
        token = token if isinstance(token, str) else access.token
        self._ask(token, "POST", f"{page}/subscribed_apps", data={"subscribed_fields": FIELDS})
        return Found(page, *_shown(row), token=token)

    def disconnect(self, access: Access) -> None:
        self._ask(access.token, "DELETE", f"{self._id(access)}/subscribed_apps")

    def send(self, access: Access, letter: Letter) -> Accepted:
        # A day after the person's last message Facebook takes what people write, and nothing else.
        kind = (
            {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
            if letter.late
            else {"messaging_type": "RESPONSE"}
        )
        body = {"recipient": {"id": letter.to}, **kind, "message": _message(letter)}
        answer = self._ask(access.token, "POST", f"{self._id(access)}/messages", json=body)
        mid = answer.get("message_id")
        if not isinstance(mid, str) or not 0 < len(mid) <= 250:
            raise Unknown("Facebook: the answer names no message")
        return Accepted(mid, DeliveryState.PENDING)

    def headers(self, access: Access, url: str) -> dict[str, str]:
        return {}  # Its addresses are signed.

    def find_sent(self, access: Access, letter: Letter, since: datetime) -> list[Accepted]:
        page, since = self._id(access), since - _CLOCKS
        query = {"user_id": letter.to, "fields": "messages.limit(50){id,created_time,from,message}"}
        answer = self._ask(access.token, "GET", f"{page}/conversations", params=query)
        text = _message(letter).get("text", "")
        found = [
            (made, str(row["id"]))
            for talk in answer.get("data") or ()
            for row in (talk.get("messages") or {}).get("data") or ()
            if str((row.get("from") or {}).get("id")) == page and row.get("message", "") == text
            if (made := _time(row.get("created_time"))) and made >= since
        ]
        return [Accepted(mid, DeliveryState.PENDING) for _, mid in sorted(found)]

    def _id(self, access: Access) -> str:
        if not access.external_id.isdecimal():
            raise SourceRefused("Facebook: the id of a page has digits only")
        return access.external_id

    def _ask(self, token: str, method: str, path: str, **request: Any) -> Json:
        headers = {"Authorization": f"Bearer {token}"}
        return ask("Facebook", method, f"{self._graph}/{path}", headers=headers, busy=BUSY, **request)


def _message(letter: Letter) -> dict[str, Any]:
    """Return the message as Facebook takes it: a text, or one attachment."""
    if not letter.attachments:
        return {"text": letter.text}
    one = letter.attachments[0]
    payload = one["payload"]
    if one["type"] == AttachmentType.LINK.value:
        return {"text": f"{payload['title']}: {payload['url']}"}
    if one["type"] == AttachmentType.FB_TEMPLATE.value:
        return {"attachment": {"type": "template", "payload": _template(payload)}}
    return {
        "attachment": {"type": _MEDIA[one["type"]], "payload": {"url": payload["url"], "is_reusable": False}}
    }


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    elements = payload.get("elements") or [{"title": payload["title"], "subtitle": payload["subtitle"]}]
    return {"template_type": payload["template_type"], "elements": [_element(one) for one in elements]}


def _element(element: dict[str, Any]) -> dict[str, Any]:
    found = {name: element[name] for name in ("title", "subtitle", "image_url") if element.get(name)}
    if element.get("default_action_url"):
        found["default_action"] = {"type": "web_url", "url": element["default_action_url"]}
    buttons = [
        {"type": "web_url", "url": button["url"], "title": button.get("title") or button["url"][:20]}
        for button in element.get("buttons") or ()
        if button.get("url")
    ]
    return {**found, **({"buttons": buttons} if buttons else {})}


def _shown(row: Json) -> tuple[str, str | None]:
    """Return a page's name and the address of its picture."""
    picture = row.get("picture") or {}
    return str(row.get("name") or row.get("id"))[:100], (picture.get("data") or {}).get("url")


def _page(row: Json) -> Found:
    return Found(str(row.get("id")), *_shown(row))


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
