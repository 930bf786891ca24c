from dataclasses import replace

import pytest

from pbx.asterisk import Phones
from pbx.asterisk.protocol.messages import ContactChanged, DeviceChanged
from routing.events import PhoneStateChanged, PhoneUse, PhoneUsed

pytestmark = pytest.mark.unit

IDLE, TALKING = PhoneUse.IDLE, PhoneUse.TALKING


def reachable(uri: str = "sip:p@10.0.0.1") -> ContactChanged:
    return ContactChanged("p", uri, True)


def gone(uri: str = "sip:p@10.0.0.1") -> ContactChanged:
    return ContactChanged("p", uri, False)


def test_a_phone_is_registered_while_any_contact_is_usable_on_any_node() -> None:
    phones = Phones()
    assert phones.contact_changed("a", reachable()) == [PhoneStateChanged("p", True)]
    assert phones.contact_changed("a", reachable("sip:p@10.0.0.2")) == []
    assert phones.contact_changed("b", reachable()) == []
    assert phones.homes("p") == ("a", "b")
    assert phones.contact_changed("a", gone()) == []
    assert phones.contact_changed("a", gone("sip:p@10.0.0.2")) == []
    assert phones.homes("p") == ("b",)
    assert phones.contact_changed("b", gone()) == [PhoneStateChanged("p", False)]


def test_a_node_that_is_gone_takes_its_phones_with_it() -> None:
    phones = Phones()
    phones.contact_changed("a", reachable())
    assert phones.forget("a") == [PhoneStateChanged("p", False)]
    assert phones.registered() == ()


def test_our_own_leg_makes_no_phone_busy() -> None:
    phones = Phones()
    phones.contact_changed("a", reachable())
    phones.take("p")
    assert phones.device_changed("a", DeviceChanged("p", True)) == []
    assert phones.device_changed("a", DeviceChanged("p", False)) == []
    phones.give_back("p")
    assert phones.device_changed("a", DeviceChanged("p", True)) == [PhoneStateChanged("p", True, busy=True)]
    assert phones.device_changed("a", DeviceChanged("p", False)) == [PhoneStateChanged("p", True)]


def test_loading_a_node_replaces_what_was_known_of_it() -> None:
    phones = Phones()
    phones.contact_changed("a", reachable())
    phones.contact_changed("b", ContactChanged("q", "sip:q@10.0.0.1", True))
    phones.load("a", [ContactChanged("r", "sip:r@10.0.0.1", True)], [DeviceChanged("r", True)])
    assert phones.registered() == (PhoneStateChanged("q", True), PhoneStateChanged("r", True, busy=True))


BROWSER = "pwbrowser"


def test_a_browser_is_another_place_of_the_same_phone() -> None:
    phones = Phones()
    browser = ContactChanged("p", "sip:x@10.0.0.9;transport=ws", True, BROWSER)
    phones.contact_changed("b", browser)
    assert (phones.homes("p"), phones.places("p")) == (("b",), (("b", BROWSER),))
    phones.contact_changed("a", reachable())
    phones.contact_changed("b", reachable())
    assert phones.homes("p") == ("a", "b")
    assert phones.places("p") == (("a", "p"), ("b", "p"), ("b", BROWSER))
    assert phones.contact_changed("b", replace(browser, usable=False)) == []
    assert phones.places("p") == (("a", "p"), ("b", "p"))


def test_a_phone_is_in_use_while_its_browser_or_its_telephone_is() -> None:
    phones = Phones()
    phones.contact_changed("a", reachable())
    talks, idle = (DeviceChanged("p", on, use, BROWSER) for on, use in ((True, TALKING), (False, IDLE)))
    assert phones.device_changed("a", talks) == [
        PhoneStateChanged("p", True, busy=True),
        PhoneUsed("p", TALKING),
    ]
    assert phones.device_changed("a", DeviceChanged("p", True, TALKING)) == []
    assert phones.device_changed("a", idle) == []
    assert phones.use("p") is TALKING
    assert phones.device_changed("a", DeviceChanged("p", False)) == [
        PhoneStateChanged("p", True),
        PhoneUsed("p", IDLE),
    ]
    phones.device_changed("a", talks)
    assert phones.forget("a") == [PhoneStateChanged("p", False)]
    assert phones.use("p") is IDLE
