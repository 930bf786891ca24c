"""Which phone is registered at which node, and which phone is in a call that is not ours."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from pbx.asterisk.protocol.messages import ContactChanged, DeviceChanged
from routing.events import PhoneStateChanged


class Phones:
    """One for all nodes. Methods that take an event return the phones whose state changed."""

    def __init__(self) -> None:
        self._contacts: dict[str, dict[str, set[str]]] = defaultdict(dict)
        """Phone -> node -> URIs."""
        self._in_use: dict[str, set[str]] = defaultdict(set)
        """Phone -> nodes that say it is in use."""
        self._ours: Counter[str] = Counter()
        self._told: dict[str, PhoneStateChanged] = {}

    def homes(self, phone: str) -> tuple[str, ...]:
        """Return the nodes where the phone has a usable contact."""
        return tuple(sorted(self._contacts.get(phone, {})))

    def state(self, phone: str) -> PhoneStateChanged:
        busy = bool(self._in_use.get(phone)) and not self._ours[phone]
        return PhoneStateChanged(phone, bool(self._contacts.get(phone)), busy)

    def registered(self) -> tuple[PhoneStateChanged, ...]:
        """Return every registered phone, for `StateResynced`."""
        states = (self.state(phone) for phone in sorted(self._contacts))
        return tuple(state for state in states if state.registered)

    def contact_changed(self, node: str, event: ContactChanged) -> list[PhoneStateChanged]:
        nodes = self._contacts[event.phone]
        uris = nodes.setdefault(node, set())
        (uris.add if event.usable else uris.discard)(event.uri)
        if not uris:
            del nodes[node]
        return self.changes(event.phone)

    def device_changed(self, node: str, event: DeviceChanged) -> list[PhoneStateChanged]:
        """Note whether the phone is in use. A phone that we ring, or that is in a talk of ours, is not busy."""
        nodes = self._in_use[event.phone]
        (nodes.add if event.in_use else nodes.discard)(node)
        return self.changes(event.phone)

    def load(self, node: str, contacts: Iterable[ContactChanged], devices: Iterable[DeviceChanged]) -> None:
        """Replace what is known of `node` by what it lists. `registered` tells the result."""
        self.forget(node)
        for contact in contacts:
            if contact.usable:
                self._contacts[contact.phone].setdefault(node, set()).add(contact.uri)
        for device in devices:
            if device.in_use:
                self._in_use[device.phone].add(node)
        self._told = {state.phone: state for state in self.registered()}

    def forget(self, node: str) -> list[PhoneStateChanged]:
        """Forget a node that is gone, and with it the phones that only it could reach."""
        for nodes in self._contacts.values():
            nodes.pop(node, None)
        for users in self._in_use.values():
            users.discard(node)
        return [change for phone in list(self._told) for change in self.changes(phone)]

    def take(self, phone: str) -> None:
        """Note that a call of ours begins to use the phone."""
        self._ours[phone] += 1

    def give_back(self, phone: str) -> None:
        """Note that our call no longer uses the phone. An event of the device follows, which tells its state."""
        self._ours[phone] = max(0, self._ours[phone] - 1)

    def changes(self, phone: str) -> list[PhoneStateChanged]:
        """Return the phone's state, if it is not the one that was told last."""
        state = self.state(phone)
        if self._told.get(phone, PhoneStateChanged(phone, False)) == state:
            return []
        self._told[phone] = state
        return [state]
