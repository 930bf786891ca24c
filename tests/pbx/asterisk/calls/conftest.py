"""The phone of stories in which one agent talks. A file whose phones differ has a fixture of that name itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.plugin import ACCOUNTS
from tests.support.sip.softphone import Softphone


@pytest.fixture
def ann(asterisk: AsteriskServer, tmp_path: Path) -> Iterator[Softphone]:
    """The first account's, which answers by itself."""
    with Softphone(
        tmp_path / "ann", asterisk, ACCOUNTS[0], voice=440, parameters=("answermode=auto",)
    ) as phone:
        phone.registered()
        yield phone
