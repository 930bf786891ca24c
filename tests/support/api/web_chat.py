"""A page of another origin that shows an organization's web chat, as the script on it asks the api."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from httpx import Response

from tests.support.api.inbox import Inbox

ORIGIN = "https://shop.example"
_ids = count(1)


@dataclass
class Page:
    """`token` is the visitor's, once they have a session."""

    inbox: Inbox
    channel: str
    origin: str | None = ORIGIN
    token: str | None = None

    @classmethod
    def of(cls, inbox: Inbox, **look: Any) -> "Page":
        """Make a web chat, and a page with a new visitor."""
        body = {
            "organization_id": inbox.org, "name": "Shop", "title": "Acme", "origins": [ORIGIN],
            "greeting": "How can we help?", **look,
        }  # fmt: skip
        answer = inbox.ask(inbox.world.admin, "/save-web-chat", **body)
        assert answer.status_code == 200, answer.text
        page = cls(inbox, answer.json()["id"])
        page.session()
        return page

    def another(self) -> "Page":
        """Return the page of another visitor."""
        page = Page(self.inbox, self.channel)
        page.session()
        return page

    def ask(self, method: str, path: str, **request: Any) -> Response:
        headers = {"Origin": self.origin} if self.origin else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= request.pop("headers", {})
        answer: Response = self.inbox.world.api.client.request(
            method, f"/web-chat/{self.channel}{path}", headers=headers, **request
        )
        return answer

    def session(self) -> dict[str, Any]:
        answer = self.ask("POST", "/session", json={"token": self.token} if self.token else {})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.token = found["token"]
        return found

    def says(self, text: str = "Hello", **more: Any) -> Response:
        return self.ask("POST", "/messages", json={"id": f"message-{next(_ids):04}", "text": text, **more})

    def uploads(self, content: bytes, name: str = "a.png") -> Response:
        return self.ask("POST", "/files", files={"file": (name, content, "text/html")})

    def news(self, after: int = 0) -> dict[str, Any]:
        answer = self.ask("GET", f"/messages?after={after}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
