"""A reference responder for Asterisk's realtime look-ups. The api's `/asterisk/<table>` must answer in the same way."""

import base64
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from api.sip_accounts.rows import address_row, is_address
from switchroom.sip_accounts import browser_account
from tests.support.servers import Running


@dataclass(frozen=True)
class Account:
    """The SIP account of one agent. The dialplan finds it as `e<extension>t<team>`.

    With `browser`, 16 digits, it is that of a browser of the agent, for WebRTC.
    """

    extension: str
    password: str
    team: str = "0123456789ab"
    browser: str = ""

    @property
    def phone(self) -> str:
        phone = f"e{self.extension}t{self.team}"
        return browser_account(phone, self.browser) if self.browser else phone


def rows(account: Account) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """Return the rows of one account by table, with every field that Switchroom's api answers
    (asterisk-config/README.md)."""
    phone = account.phone
    webrtc = {"webrtc": "yes", "allow": "ulaw"} if account.browser else {}
    one_page = {"max_contacts": "1", "qualify_frequency": "10"} if account.browser else {}
    return {
        "ps_endpoints": {
            "id": phone,
            "context": "agent",
            "disallow": "all",
            "allow": "ulaw,alaw",
            "auth": phone,
            "aors": phone,
            "callerid": f"<{account.extension}>",
            "direct_media": "no",
            "rtp_symmetric": "yes",
            "force_rport": "yes",
            "rewrite_contact": "yes",
            "rtp_timeout": "300",
            "dtmf_mode": "auto",
            "send_connected_line": "no",
            "allow_transfer": "yes",
            "message_context": "refused",
            "allow_subscribe": "yes",
            "subscribe_context": f"hints-{account.team}",
            "set_var": (
                "TRANSFER_CONTEXT=transfer",
                f"SR_TEAM={account.team}",
                "SR_EMERGENCY=^(112|911|999|11[02])$",
                "SR_MAIN_NUMBER=+14165550100",
            ),
            **webrtc,
        },
        "ps_auths": {"id": phone, "auth_type": "userpass", "username": phone, "password": account.password},
        "ps_aors": {
            "id": phone,
            "max_contacts": "5",
            "remove_existing": "yes",
            "qualify_frequency": "30",
            "default_expiration": "300",
            "minimum_expiration": "60",
            "maximum_expiration": "3600",
            **one_page,
        },
    }


class RealtimeServer(Running):
    """A server on loopback that answers for the given accounts. `requests` has `(path, form)` of every look-up."""

    def __init__(self, port: int, accounts: list[Account], user: str, password: str) -> None:
        self.port = port
        self.user = user
        self.password = password
        self.accounts = {account.phone: account for account in accounts}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        responder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, text = responder.answer(self.path, body, self.headers.get("Authorization", ""))
                self.send_response(status)
                self.send_header("Content-Type", "application/x-www-form-urlencoded")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, path: str, body: str, authorization: str) -> tuple[int, str]:
        """Return status and body for one look-up. The body has one URL-encoded line for each object found."""
        expected = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, ""
        form = dict(parse_qsl(body, keep_blank_values=True))
        self.requests.append((path, form))
        *_, table, operation = urlsplit(path).path.split("/")
        if operation == "require":
            return 200, "0"
        if table == "ps_aors" and is_address(form.get("id", "")):
            return 200, urlencode(address_row(form["id"])) + "\n"
        if operation == "single":
            found = [account for account in self.accounts.values() if account.phone == form.get("id")]
        elif operation == "multi":
            found = [account for account in self.accounts.values() if _matches(account, table, form)]
        else:
            return 404, ""
        return 200, "".join(urlencode(rows(account)[table], doseq=True) + "\n" for account in found)


def _matches(account: Account, table: str, form: dict[str, str]) -> bool:
    """Return whether the account's row meets every condition of a multi look-up: `field`, `field LIKE`, `field >`."""
    row = rows(account)[table]
    for key, wanted in form.items():
        name, _, operator = unquote(key).partition(" ")
        value = row.get(name, "")
        assert isinstance(value, str), "nothing asks by a field with several values"
        if operator == "LIKE":
            if not value.startswith(wanted.rstrip("%").replace("\\", "")):
                return False
        elif operator == ">":
            if not float(value or 0) > float(wanted):
                return False
        elif value != wanted and operator != "!=":
            return False
    return True
