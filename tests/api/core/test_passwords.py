"""Passwords are checked with the same work whether the account exists or not."""

import pytest
from argon2 import PasswordHasher

from api.core import passwords

pytestmark = pytest.mark.unit

_NOBODYS = passwords._DUMMY
"""As the product has it: in the tests' own api all hashes are cheap."""


def test_an_account_that_does_not_exist_costs_as_much_as_one_that_does() -> None:
    assert not PasswordHasher().check_needs_rehash(_NOBODYS)


def test_nobody_has_the_password_of_no_account() -> None:
    assert not passwords.check_password(None, "nobody's")
