"""No regular expression of ours takes long over a text that was made for that.

Python's `re` goes back and tries again, and holds up the whole process while it does. So each expression is tried on
texts that begin well, repeat something and end badly. One that reads a part of the text in two ways takes minutes.
"""

import importlib
import itertools
import pkgutil
import re
import signal
from collections.abc import Iterator
from types import FrameType, ModuleType
from typing import Any

import pytest

import api
import models
import providers
import routing
import switchroom

pytestmark = [pytest.mark.unit, pytest.mark.long]

PACKAGES: tuple[ModuleType, ...] = (api, models, providers, routing, switchroom)
LENGTH, SECONDS = 3000, 0.2
"""A quadratic expression takes half a second for so many characters, a linear one a millisecond."""
BEGINNINGS = ("", "a@", "<", "</a", "<!--", "http://a", "+1", '"', "{", "-", "a", "0")
PUMPS = (
    "a",
    "0",
    " ",
    ".",
    "-",
    "a.",
    "a-",
    "0.",
    "<",
    "<a ",
    "<!---->",
    "/",
    "a/",
    "(",
    ":",
    "=",
    "&a=",
    "\t",
    "é",
    "{a}",
    "\\",
)
ENDS = ("", "\0")


def expressions() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield the compiled expressions of all modules, each once, with a name."""
    seen: set[tuple[object, int]] = set()
    for package in PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and (value.pattern, value.flags) not in seen:
                    seen.add((value.pattern, value.flags))
                    yield f"{found.name}.{name}", value


EXPRESSIONS = dict(expressions())


class TooLong(Exception):
    """The expression has not ended in time."""


def _late(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_text_holds_up_the_process(name: str) -> None:
    found = EXPRESSIONS[name]
    before = signal.signal(signal.SIGVTALRM, _late)
    try:
        for beginning, pump, end in itertools.product(BEGINNINGS, PUMPS, ENDS):
            text = f"{beginning}{pump * (LENGTH // len(pump))}{end}"
            # Of this process's own time: the machine may be busy.
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            for find in (found.match, found.fullmatch, found.search):
                try:
                    find(text.encode() if isinstance(found.pattern, bytes) else text)
                except TooLong:
                    pytest.fail(f"{beginning!r} + {pump!r} * n + {end!r}: {found.pattern!r}")
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
