"""`python -m pytest -p tests.compiled`: the tests of the core, on the compiled one (`make test-compiled`)."""

import pytest

from switchroom import compiled

compiled.activate()
if compiled.core() != "compiled":
    raise pytest.UsageError("no compiled core of these sources: make compile")


def pytest_report_header() -> str:
    return f"core: compiled ({compiled.build()})"
