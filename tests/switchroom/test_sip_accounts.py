"""Which names are browsers' accounts, and whose."""

import pytest

from switchroom.sip_accounts import browser_account, is_browser, may_be_account, phone_of

pytestmark = pytest.mark.unit

PHONE = "e101t0123456789ab"


@pytest.mark.parametrize(
    ("name", "may"),
    [
        (PHONE, True),
        (f"{PHONE}w0f1e2d3c4b5a6978", True),
        ("101", False),
        ("admin", False),
        (f"{PHONE}@x", False),
    ],
)
def test_names_that_no_account_has(name: str, may: bool) -> None:
    assert may_be_account(name) is may


def test_a_browsers_account_belongs_to_a_phone() -> None:
    account = browser_account(PHONE, "0f1e2d3c4b5a6978")
    assert account == f"{PHONE}w0f1e2d3c4b5a6978"
    assert (is_browser(account), phone_of(account)) == (True, PHONE)
    assert len(browser_account("e999999t0123456789ab", "0" * 16)) <= 40


@pytest.mark.parametrize(
    "name",
    ["", PHONE, f"{PHONE}w", f"{PHONE}w0f1e", "node-w0f1e2d3c4b5a6978", f"{PHONE}w0F1E2D3C4B5A6978", "west"],
)
def test_no_other_name_does(name: str) -> None:
    assert (is_browser(name), phone_of(name)) == (False, name)
