"""Exchange Web Services of any number of users, with Basic authentication.

    with FakeExchange() as exchange:
        exchange.passwords["ann@example.com"] = "secret"
        settings = Settings(_env_file=None, **exchange.settings)
        grant = authorize(settings, "microsoft", "secret", email="ann@example.com")
        exchange.put_contact("ann@example.com", "AAMk1", GivenName="Zoë")

https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/ews-operations-in-exchange
"""

from base64 import b64decode
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any, Self
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tests.support.providers.mailboxes import Expired, Mailbox, Store

M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"
S = "http://schemas.xmlsoap.org/soap/envelope/"
VERSION = {"MajorVersion": "15", "MinorVersion": "1", "MajorBuildNumber": "2507", "MinorBuildNumber": "6"}
Interruption = tuple[int, dict[str, str], str]
for prefix, namespace in (("m", M), ("t", T), ("s", S)):
    ElementTree.register_namespace(prefix, namespace)


def t(tag: str) -> str:
    return f"{{{T}}}{tag}"


def m(tag: str) -> str:
    return f"{{{M}}}{tag}"


class Refused(Exception):
    """An error that a response message carries."""


@dataclass
class ExchangeMailbox(Mailbox):
    occurrences: Store = field(default_factory=Store)
    """The events of series, which the calendar shows, but the folder's changes do not."""


class FakeExchange:
    """`page_size`: how many changes an answer has at most. `interruptions`: answers that come before all others.

    An interruption is a status, headers and a body.
    """

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        """Passwords by user name: an address, or `DOMAIN\\\\name`."""
        self.mailboxes: dict[str, ExchangeMailbox] = {}
        self.owners: dict[str, str] = {}
        """Whose mailbox a user name opens, if the name is no address."""
        self.page_size = 100
        self.interruptions: list[Interruption] = []
        self.requests: list[Element] = []
        """The operations that were asked for."""
        self.problems: list[BaseException] = []
        self._numbers = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.settings: dict[str, Any] = {
            "exchange_server": f"http://127.0.0.1:{self._server.server_port}/EWS/Exchange.asmx"
        }

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self.problems:
            raise self.problems[0]

    # What the user does in Outlook

    def mailbox(self, email: str) -> ExchangeMailbox:
        return self.mailboxes.setdefault(email, ExchangeMailbox(email))

    def put_contact(
        self,
        email: str,
        id: str,
        *,
        addresses: dict[str, str] | None = None,
        numbers: dict[str, str] | None = None,
        **fields: str,
    ) -> None:
        """Make the contact, or change it to this. `addresses` and `numbers` are by Exchange's keys."""
        item = _item("Contact", fields)
        for name, entries in (("EmailAddresses", addresses), ("PhoneNumbers", numbers)):
            if entries:
                container = SubElement(item, t(name))
                for key, value in entries.items():
                    SubElement(container, t("Entry"), Key=key).text = value
        self.mailbox(email).contacts.put(id, _written(item))

    def put_event(
        self, email: str, id: str, start: datetime, end: datetime, zone: str, **fields: Any
    ) -> None:
        """Make the event, or change it to this. `zone`: Windows' name of its zone."""
        self.mailbox(email).events.put(id, _written(_event(start, end, zone, fields)))

    def put_series(
        self, email: str, id: str, times: Iterable[tuple[datetime, datetime]], zone: str, **fields: Any
    ) -> None:
        """Make the series with these events, or change it to this. Its events are `<id>.1`, `<id>.2` ..."""
        box, all_times = self.mailbox(email), list(times)
        self._end_series(box, id)
        for number, (start, end) in enumerate(all_times, 1):
            occurrence = _event(
                start, end, zone, {**fields, "CalendarItemType": "Occurrence", "UID": f"uid-{id}"}
            )
            box.occurrences.put(f"{id}.{number}", _written(occurrence))
        master = {**fields, "CalendarItemType": "RecurringMaster", "UID": f"uid-{id}"}
        box.events.put(id, _written(_event(*all_times[0], zone, master)))

    def remove_series(self, email: str, id: str) -> None:
        self._end_series(self.mailbox(email), id)
        self.mailbox(email).events.remove(id)

    def _end_series(self, box: ExchangeMailbox, id: str) -> None:
        for each in [each for each in box.occurrences.rows if each.startswith(f"{id}.")]:
            box.occurrences.remove(each)

    def row(self, store: Store, id: str) -> dict[str, str]:
        """Return the texts of an item's fields."""
        item = _read(store.rows[id])
        return {child.tag.partition("}")[2]: child.text or "" for child in item}

    # The operations

    def _serve(self, user: str, operation: Element) -> Element:
        self.requests.append(operation)
        box = self.mailbox(self.owners.get(user, user))
        name = operation.tag.partition("}")[2]
        answer = Element(m(f"{name}Response"))
        messages = SubElement(answer, m("ResponseMessages"))
        operations: dict[str, Callable[[ExchangeMailbox, Element, Callable[[], Element]], None]] = {
            "ConvertId": self._convert_id,
            "GetFolder": self._get_folder,
            "SyncFolderItems": self._sync,
            "GetItem": self._get_items,
            "FindItem": self._find_items,
            "CreateItem": self._create_item,
            "UpdateItem": self._update_item,
            "DeleteItem": self._delete_item,
        }

        def message() -> Element:
            made = SubElement(messages, m(f"{name}ResponseMessage"), ResponseClass="Success")
            SubElement(made, m("ResponseCode")).text = "NoError"
            return made

        try:
            operations[name](box, operation, message)
        except Refused as error:
            _refuse(messages, name, str(error))
        return answer

    def _convert_id(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        raise Refused("ErrorInvalidIdMalformed")

    def _get_folder(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        (id,) = operation.iter(t("DistinguishedFolderId"))
        name = id.attrib["Id"]
        kind = {"calendar": "CalendarFolder", "contacts": "ContactsFolder"}.get(name, "Folder")
        folder = SubElement(SubElement(message(), m("Folders")), t(kind))
        SubElement(folder, t("FolderId"), Id=name, ChangeKey="1")
        SubElement(folder, t("DisplayName")).text = name

    def _sync(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        store, _ = self._store(box, operation)
        given = operation.findtext(m("SyncState"))
        since, first = (int(part) if part else None for part in given.split("/")) if given else (None, 0)
        assert first is not None
        wanted = operation.findtext(m("MaxChangesReturned"))
        assert wanted
        assert 1 <= int(wanted) <= 512
        try:
            ids = store.changed(since)
        except Expired:
            raise Refused("ErrorInvalidSyncStateData") from None
        last = first + min(self.page_size, int(wanted))
        made = message()
        done = last >= len(ids)
        state = f"{len(store.log)}/0" if done else f"{'' if since is None else since}/{last}"
        SubElement(made, m("SyncState")).text = state
        SubElement(made, m("IncludesLastItemInRange")).text = str(done).lower()
        changes = SubElement(made, m("Changes"))
        for id in ids[first:last]:
            if id in store.rows:
                change = SubElement(changes, t("Create" if since is None else "Update"))
                change.append(_shown(store, id, _fields(operation)))
            else:
                SubElement(SubElement(changes, t("Delete")), t("ItemId"), Id=id, ChangeKey="1")

    def _get_items(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        for named in operation.iter(t("ItemId")):
            found = self._find(box, named.attrib["Id"])
            if found is None:
                raise Refused("ErrorItemNotFound")
            SubElement(message(), m("Items")).append(_shown(found, named.attrib["Id"], _fields(operation)))

    def _find_items(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        view = operation.find(m("CalendarView"))
        assert view is not None
        first, last = (datetime.fromisoformat(view.attrib[name]) for name in ("StartDate", "EndDate"))
        assert last - first <= timedelta(days=31)
        folder = SubElement(message(), m("RootFolder"), IncludesLastItemInRange="true")
        items = SubElement(folder, t("Items"))
        for store in (box.events, box.occurrences):
            for id, row in store.rows.items():
                item = _read(row)
                start, end = (datetime.fromisoformat(item.findtext(t(name), "")) for name in ("Start", "End"))
                if start < last and end > first and item.findtext(t("CalendarItemType")) != "RecurringMaster":
                    items.append(_shown(store, id, _fields(operation)))
        folder.set("TotalItemsInView", str(len(items)))

    def _create_item(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        store, name = self._store(box, operation)
        (items,) = operation.iter(m("Items"))
        (item,) = items
        if name == "calendar":
            guests = item.find(t("RequiredAttendees")) is not None
            mails = "SendToAllAndSaveCopy" if guests else "SendToNone"
            assert operation.attrib["SendMeetingInvitations"] == mails
            _set(item, "CalendarItemType", "Single")
        id = f"AAMk+/{next(self._numbers)}="
        store.put(id, _written(item))
        SubElement(message(), m("Items")).append(_shown(store, id, set()))

    def _update_item(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        assert operation.attrib["ConflictResolution"] == "NeverOverwrite"
        (change,) = operation.iter(t("ItemChange"))
        (named,) = change.iter(t("ItemId"))
        id = named.attrib["Id"]
        store = self._find(box, id)
        if store is None:
            raise Refused("ErrorItemNotFound")
        if named.attrib["ChangeKey"] != _revision(store, id):
            raise Refused("ErrorIrresolvableConflict")
        item = _read(store.rows[id])
        (updates,) = change.iter(t("Updates"))
        for update in updates:
            self._change(item, update)
        if store is box.occurrences:
            _set(item, "CalendarItemType", "Exception")
        store.put(id, _written(item))
        made = message()
        SubElement(made, m("Items")).append(_shown(store, id, set()))
        SubElement(SubElement(made, m("ConflictResults")), t("Count")).text = "0"

    def _change(self, item: Element, update: Element) -> None:
        kind, field_uri = update.tag.partition("}")[2], update[0]
        name = _name(field_uri.attrib["FieldURI"])
        key = field_uri.attrib.get("FieldIndex")
        old = item.find(t(name))
        if kind == "SetItemField":
            new = update[1][0]
            assert new.tag == t(name)
            if key is None:
                if old is not None:
                    item.remove(old)
                item.append(new)
                return
            container = SubElement(item, t(name)) if old is None else old
            for entry in [entry for entry in container if entry.attrib["Key"] == key]:
                container.remove(entry)
            container.extend(new)
            return
        assert kind == "DeleteItemField"
        if old is not None and key is None:
            item.remove(old)
        elif old is not None:
            for entry in [entry for entry in old if entry.attrib["Key"] == key]:
                old.remove(entry)

    def _delete_item(self, box: ExchangeMailbox, operation: Element, message: Callable[[], Element]) -> None:
        assert operation.attrib["DeleteType"] == "MoveToDeletedItems"
        (named,) = operation.iter(t("ItemId"))
        store = self._find(box, named.attrib["Id"])
        if store is None:
            raise Refused("ErrorItemNotFound")
        mails = "SendToNone" if store is box.contacts else "SendToAllAndSaveCopy"
        assert operation.attrib["SendMeetingCancellations"] == mails
        store.remove(named.attrib["Id"])
        message()

    def _find(self, box: ExchangeMailbox, id: str) -> Store | None:
        return next(
            (store for store in (box.contacts, box.events, box.occurrences) if id in store.rows), None
        )

    def _store(self, box: ExchangeMailbox, operation: Element) -> tuple[Store, str]:
        (id,) = [*operation.iter(t("FolderId")), *operation.iter(t("DistinguishedFolderId"))]
        name = id.attrib["Id"]
        return {"contacts": box.contacts, "calendar": box.events}[name], name

    # HTTP

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body leave in one packet, at once.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, headers, text = fake._answer(self.path, self.headers, body)
                except BaseException as error:
                    fake.problems.append(error)
                    status, headers, text = 400, {}, "the test's server refuses the request"
                raw = text.encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def _answer(self, path: str, headers: Any, body: bytes) -> Interruption:
        assert path == "/EWS/Exchange.asmx"
        scheme, _, given = (headers["Authorization"] or "").partition(" ")
        user, _, password = (
            b64decode(given).decode("latin-1").partition(":") if scheme == "Basic" else ("", "", "")
        )
        if not password or self.passwords.get(user) != password:
            return 401, {"WWW-Authenticate": 'Basic realm="exchange"'}, ""
        if self.interruptions:
            return self.interruptions.pop(0)
        assert headers["Content-Type"].startswith("text/xml")
        (operation,) = ElementTree.fromstring(body).iter(f"{{{S}}}Body")
        answer = self._serve(user, operation[0])
        return 200, {"Content-Type": "text/xml; charset=utf-8"}, _envelope(answer)


def refused(operation: str, code: str) -> Interruption:
    """Return an interruption: an answer with this code."""
    answer = Element(m(f"{operation}Response"))
    _refuse(SubElement(answer, m("ResponseMessages")), operation, code)
    return 200, {"Content-Type": "text/xml; charset=utf-8"}, _envelope(answer)


def busy(milliseconds: int) -> Interruption:
    """Return an interruption: the server asks to come back later."""
    fault = Element(f"{{{S}}}Fault")
    SubElement(fault, "faultcode").text = "t:ErrorServerBusy"
    SubElement(
        fault, "faultstring"
    ).text = "The server cannot service this request right now. Try again later."
    detail = SubElement(fault, "detail")
    SubElement(detail, f"{{{E}}}ResponseCode").text = "ErrorServerBusy"
    SubElement(
        detail, f"{{{E}}}Message"
    ).text = "The server cannot service this request right now. Try again later."
    value = SubElement(SubElement(detail, t("MessageXml")), t("Value"), Name="BackOffMilliseconds")
    value.text = str(milliseconds)
    return 500, {"Content-Type": "text/xml; charset=utf-8"}, _envelope(fault)


def _refuse(messages: Element, operation: str, code: str) -> Element:
    made = SubElement(messages, m(f"{operation}ResponseMessage"), ResponseClass="Error")
    SubElement(made, m("MessageText")).text = "Words for people."
    SubElement(made, m("ResponseCode")).text = code
    SubElement(made, m("DescriptiveLinkKey")).text = "0"
    if operation == "SyncFolderItems":
        SubElement(made, m("SyncState"))
        SubElement(made, m("IncludesLastItemInRange")).text = "true"
    return made


def _envelope(answer: Element) -> str:
    envelope = Element(f"{{{S}}}Envelope")
    SubElement(
        SubElement(envelope, f"{{{S}}}Header"), t("ServerVersionInfo"), {**VERSION, "Version": "V2017_07_11"}
    )
    SubElement(envelope, f"{{{S}}}Body").append(answer)
    return ElementTree.tostring(envelope, encoding="unicode")


def _item(kind: str, fields: dict[str, str]) -> Element:
    item = Element(t(kind))
    for name, value in fields.items():
        SubElement(item, t(name)).text = value
    return item


def _event(start: datetime, end: datetime, zone: str, fields: dict[str, Any]) -> Element:
    attendees = {
        name: fields.pop(name, ()) for name in ("RequiredAttendees", "OptionalAttendees", "Resources")
    }
    usual = {"CalendarItemType": "Single", "UID": "uid", "IsAllDayEvent": "false"}
    times = {"Start": start.isoformat(), "End": end.isoformat()}
    item = _item(
        "CalendarItem",
        {**usual, **times, **fields},
    )
    SubElement(item, t("StartTimeZone"), Id=zone)
    SubElement(item, t("EndTimeZone"), Id=zone)
    for name, addresses in attendees.items():
        if addresses:
            container = SubElement(item, t(name))
            for address in addresses:
                attendee = SubElement(container, t("Attendee"))
                SubElement(SubElement(attendee, t("Mailbox")), t("EmailAddress")).text = address
                SubElement(attendee, t("ResponseType")).text = "Accept"
    return item


def _shown(store: Store, id: str, fields: set[str]) -> Element:
    """Return an item with its id and these fields, as Exchange answers it: times in UTC, a text of the body."""
    item = deepcopy(_read(store.rows[id]))
    for name in ("Start", "End"):
        if time := item.findtext(t(name)):
            _set(item, name, f"{datetime.fromisoformat(time).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    if all_day := item.findtext(t("IsAllDayEvent")):
        _set(item, "IsAllDayEvent", "true" if all_day in ("1", "true") else "false")
    if body := item.findtext(t("Body")):
        _set(item, "TextBody", body.replace("\n", "\r\n") + "\r\n")
    for child in list(item):
        if child.tag.partition("}")[2] not in fields:
            item.remove(child)
    item.insert(0, Element(t("ItemId"), Id=id, ChangeKey=_revision(store, id)))
    return item


def _fields(operation: Element) -> set[str]:
    uris = [*operation.iter(t("FieldURI")), *operation.iter(t("IndexedFieldURI"))]
    return {_name(uri.attrib["FieldURI"]) for uri in uris}


def _name(uri: str) -> str:
    name = uri.partition(":")[2]
    return {"EmailAddress": "EmailAddresses", "PhoneNumber": "PhoneNumbers"}.get(name, name)


def _set(item: Element, name: str, text: str) -> None:
    child = item.find(t(name))
    (SubElement(item, t(name)) if child is None else child).text = text


def _revision(store: Store, id: str) -> str:
    return f"DwAAABYA{store.revisions[id]}"


def _written(item: Element) -> dict[str, str]:
    return {"xml": ElementTree.tostring(item, encoding="unicode")}


def _read(row: dict[str, str]) -> Element:
    return ElementTree.fromstring(row["xml"])
