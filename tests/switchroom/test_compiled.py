"""The compiled core: what is made of the sources, when it is taken, and that it says the same."""

import ast
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from scripts import compile_core
from switchroom import compiled
from tests.fixtures.record import REAL_CALL
from tests.routing.day_replay import digest_of_day

pytestmark = pytest.mark.unit

ROOT = compiled.ROOT
SEED, CALLS, MANY_CALLS = 5, 150, 1500
NOT_FROZEN = """
import dataclasses
standard = dataclasses.dataclass

def dataclass(kind=None, /, *, init=True, frozen=False, **options):
    frozen, hashed = (frozen, False) if init else (False, frozen)
    return standard(kind, init=init, frozen=frozen, unsafe_hash=hashed, **options)

dataclasses.dataclass = dataclass
"""
"""Compiled, the `__init__` of a frozen class sets its fields; interpreted, the class would not let it."""


def python(program: str, *folders: Path, arguments: tuple[str, ...] = ()) -> str:
    """What a Python with these folders before all others prints."""
    path = os.pathsep.join(map(str, (*folders, ROOT)))
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def day(calls: int) -> str:
    return (
        f"from tests.routing.day_replay import digest_of_day; print(digest_of_day({SEED}, {calls}));"
        "import routing.engine; print(routing.engine.__file__)"
    )


class TestTheSourcesForTheCompiler:
    def test_they_hold_nothing_that_would_mean_something_else(self, tmp_path: Path) -> None:
        assert Path("engine.py") in compile_core.prepare(ROOT / "routing", tmp_path)

    @pytest.mark.long
    def test_they_say_the_same(self, tmp_path: Path) -> None:
        compile_core.prepare(ROOT / "routing", tmp_path / "routing")
        digest, place = python(NOT_FROZEN + day(CALLS), tmp_path).split("\n")
        assert Path(place).is_relative_to(tmp_path)
        assert digest == digest_of_day(SEED, CALLS)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("class A:\n    def a(self): ...\n    b = a", "another name for a method"),
            ("from itertools import count\nx = (n for n in count())", "endless generator expression"),
            ("x = (n for n in arrivals.times(rng))", "endless generator expression"),
            ("@dataclass(kw_only=True)\nclass A:\n    a: int", "kw_only"),
            ("@dataclass(slots=True)\nclass A(B):\n    a: int", "a base"),
            ("@dataclass(slots=True)\nclass A:\n    a: int = field(init=False)", "teach the script"),
        ],
    )
    def test_what_would_mean_something_else_is_refused(self, text: str, problem: str) -> None:
        with pytest.raises(compile_core.Unfit, match=problem):
            compile_core.transformed(text, ast.parse(text), {"times"})

    @pytest.mark.parametrize(
        "text",
        [
            "class A:\n    a = frozenset()\n    b = a",
            "from itertools import count\nx = next(n for n in count() if n > 3)",
            "from itertools import count\nx = (a for a, n in zip(found, count()))",
            "from routing.longest import cycle\nx = (n for n in cycle(a))",
        ],
    )
    def test_what_means_the_same_is_not(self, text: str) -> None:
        assert compile_core.transformed(text, ast.parse(text), set()) == text + "\n"


class TestActivation:
    PROGRAM = """
import sys
from pathlib import Path
from switchroom import compiled
compiled.activate(Path(sys.argv[1]))
import routing
print(routing.__file__)
"""

    @pytest.fixture
    def sources(self, tmp_path: Path) -> Path:
        """The folder of a core that is compiled; its `routing` can be told from any other by its place."""
        (tmp_path / "routing").mkdir()
        (tmp_path / "routing/__init__.py").touch()
        (tmp_path / "scripts").mkdir()
        (tmp_path / compiled.SCRIPT).touch()
        built = tmp_path / compiled.BUILDS / compiled.digest(tmp_path) / "routing"
        built.mkdir(parents=True)
        (built / "__init__.py").touch()
        return tmp_path

    def loaded(self, sources: Path, before: str = "") -> Path:
        return Path(python(before + self.PROGRAM, arguments=(str(sources),))).parent.parent

    def test_the_build_of_these_sources_is_taken(self, sources: Path) -> None:
        build = compiled.build(sources)
        assert build is not None
        assert self.loaded(sources) == build

    @pytest.mark.parametrize("changed", ["routing/engine.py", compiled.SCRIPT])
    def test_a_build_of_other_sources_is_not(self, sources: Path, changed: str) -> None:
        (sources / changed).write_text("# changed\n")
        assert compiled.build(sources) is None
        assert self.loaded(sources) == ROOT

    def test_without_a_build_nothing_happens(self, sources: Path) -> None:
        (sources / compiled.BUILDS).rename(sources / "elsewhere")
        assert self.loaded(sources) == ROOT

    def test_a_core_that_is_loaded_already_stays(self, sources: Path) -> None:
        assert self.loaded(sources, "import routing\n") == ROOT

    def test_the_command_loads_no_core_before(self) -> None:
        program = (
            "import sys, switchroom.cli; print([name for name in sys.modules if name.startswith('routing')])"
        )
        assert python(program) == "[]"

    def test_these_tests_are_of_the_core_as_it_is_asked_for(self, pytestconfig: pytest.Config) -> None:
        asked = "compiled" if pytestconfig.pluginmanager.has_plugin("tests.compiled") else "python"
        assert compiled.core() == asked


@pytest.mark.skipif(compiled.build() is None, reason="no compiled core of these sources: make compile")
class TestTheCompiledCore:
    def test_a_day_is_the_same_byte_for_byte(self) -> None:
        build = compiled.build()
        assert build is not None
        digest, place = python(day(MANY_CALLS), build).split("\n")
        assert place.endswith(EXTENSION_SUFFIXES[0])
        said, place = python(day(MANY_CALLS)).split("\n")
        assert place.endswith("engine.py")
        assert digest == said

    def test_the_command_takes_it_and_replays_the_recorded_call(self) -> None:
        program = """
import sys
from switchroom import compiled
from switchroom.cli import app
sys.argv[0] = "switchroom"
try:
    app()
finally:
    print(compiled.core())
"""
        assert python(program, arguments=("replay", str(REAL_CALL))).endswith("compiled")
