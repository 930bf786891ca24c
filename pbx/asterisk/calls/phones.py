"""Which phone is registered at which node, and which phone is in a call that is not ours."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from pbx.asterisk.protocol.messages import ContactChanged, DeviceChanged
from routing.events import PhoneStateChanged, PhoneUse, PhoneUsed

Place = tuple[str, str]
"""A node, and the SIP account there: the phone's own, or that of one of its member's browsers."""
_ORDER = (PhoneUse.IDLE, PhoneUse.RINGING, PhoneUse.TALKING)
"""What a phone does that does several things: the last of these."""


class Phones:
    """One for all nodes. Methods that take an event return the phones whose state changed."""

    def __init__(self) -> None:
        self._contacts: dict[str, dict[Place, set[str]]] = defaultdict(dict)
        """Phone -> place -> URIs."""
        self._in_use: dict[str, set[Place]] = defaultdict(set)
        """Phone -> places where it is in use."""
        self._use: dict[str, dict[Place, PhoneUse]] = defaultdict(dict)
        """Phone -> place -> what it does there."""
        self._ours: Counter[str] = Counter()
        self._told: dict[str, PhoneStateChanged] = {}

    def homes(self, phone: str) -> tuple[str, ...]:
        """Return the nodes where the phone has a usable contact."""
        return tuple(sorted({node for node, _ in self._contacts.get(phone, {})}))

    def places(self, phone: str) -> tuple[Place, ...]:
        """Return where the phone has a usable contact, and by which account."""
        return tuple(sorted(self._contacts.get(phone, {})))

    def state(self, phone: str) -> PhoneStateChanged:
        busy = bool(self._in_use.get(phone)) and not self._ours[phone]
        return PhoneStateChanged(phone, bool(self._contacts.get(phone)), busy)

    def registered(self) -> tuple[PhoneStateChanged, ...]:
        """Return every registered phone, for `StateResynced`."""
        states = (self.state(phone) for phone in sorted(self._contacts))
        return tuple(state for state in states if state.registered)

    def contact_changed(self, node: str, event: ContactChanged) -> list[PhoneStateChanged]:
        places, place = self._contacts[event.phone], (node, event.registered_as)
        uris = places.setdefault(place, set())
        (uris.add if event.usable else uris.discard)(event.uri)
        if not uris:
            del places[place]
        return self.changes(event.phone)

    def device_changed(self, node: str, event: DeviceChanged) -> list[PhoneStateChanged | PhoneUsed]:
        """Note what the phone does. A phone that we ring, or that is in a talk of ours, is not busy."""
        places = self._in_use[event.phone]
        (places.add if event.in_use else places.discard)((node, event.account))
        return [*self.changes(event.phone), *self._note_use(node, event)]

    def _note_use(self, node: str, event: DeviceChanged) -> list[PhoneUsed]:
        before, uses, place = self.use(event.phone), self._use[event.phone], (node, event.account)
        uses[place] = event.use
        if event.use is PhoneUse.IDLE:
            del uses[place]
            if not uses:
                del self._use[event.phone]
        after = self.use(event.phone)
        return [] if after is before else [PhoneUsed(event.phone, after)]

    def load(self, node: str, contacts: Iterable[ContactChanged], devices: Iterable[DeviceChanged]) -> None:
        """Replace what is known of `node` by what it lists. `registered` tells the result."""
        self.forget(node)
        for contact in contacts:
            if contact.usable:
                place = (node, contact.registered_as)
                self._contacts[contact.phone].setdefault(place, set()).add(contact.uri)
        for device in devices:
            if device.in_use:
                self._in_use[device.phone].add((node, device.account))
            if device.use is not PhoneUse.IDLE:
                self._use[device.phone][node, device.account] = device.use
        self._told = {state.phone: state for state in self.registered()}

    def forget(self, node: str) -> list[PhoneStateChanged]:
        """Forget a node that is gone, and with it the phones that only it could reach."""
        for contacts in self._contacts.values():
            _drop(contacts, node)
        for uses in self._use.values():
            _drop(uses, node)
        for places in self._in_use.values():
            places -= {place for place in places if place[0] == node}
        return [change for phone in list(self._told) for change in self.changes(phone)]

    def take(self, phone: str) -> None:
        """Note that a call of ours begins to use the phone."""
        self._ours[phone] += 1

    def give_back(self, phone: str) -> None:
        """Note that our call no longer uses the phone. An event of the device follows, which tells its state."""
        self._ours[phone] = max(0, self._ours[phone] - 1)

    def use(self, phone: str) -> PhoneUse:
        """Return what the phone does at all nodes together."""
        return max(self._use.get(phone, {}).values(), key=_ORDER.index, default=PhoneUse.IDLE)

    def used(self) -> tuple[PhoneUsed, ...]:
        """Return every phone that is not idle, for `StateResynced`."""
        found = (PhoneUsed(phone, self.use(phone)) for phone in sorted(self._use))
        return tuple(used for used in found if used.use is not PhoneUse.IDLE)

    def changes(self, phone: str) -> list[PhoneStateChanged]:
        """Return the phone's state, if it is not the one that was told last."""
        state = self.state(phone)
        if self._told.get(phone, PhoneStateChanged(phone, False)) == state:
            return []
        self._told[phone] = state
        return [state]


def _drop(known: dict[Place, Any], node: str) -> None:
    for place in [place for place in known if place[0] == node]:
        del known[place]
