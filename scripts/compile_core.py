"""Compile the routing core with mypyc into `.compiled/<digest>`: see `switchroom.compiled`, which takes it from there.

A copy of `routing/` is made fit for the compiler, compiled, loaded once, and only then put in its place. The sources
stay as they are.

Usage: python scripts/compile_core.py
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from switchroom.compiled import BUILDS, CORE, ROOT, digest

STANDARD = '"""The standard one: a compiled one is made quickly."""\n\nfrom dataclasses import dataclass as dataclass\n'
"""What stands for `routing/frozen.py`, which makes instances quickly in a way that the compiler does not know."""
LAZY = {"next", "any", "all"}
"""Built-ins that the compiler lets read a generator expression item by item, as Python does."""
SETUP = """
from setuptools import setup
from mypyc.build import mypycify

options = ["--config-file=", "--cache-dir=cache"]
modules = mypycify([*options, *{paths!r}], opt_level="3", debug_level="0", multi_file=True, target_dir="c")
setup(name="core", packages=[], ext_modules=modules)
"""
SHOWN = 15
"""Lines of a compiler that failed."""


class Unfit(Exception):
    """Compiled, the source would mean something else. The text says where and what to write."""


class Failed(Exception):
    """The build failed. The text holds the compiler's last lines."""


@dataclass(frozen=True)
class Edit:
    """`lines` in the place of the lines from `first` up to `end` (from 0, half open)."""

    first: int
    end: int
    lines: Sequence[str]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def prepare(source: Path, target: Path) -> list[Path]:
    """Copy the core from the folder `source` to `target`, made fit. The files to compile. Raises `Unfit`."""
    texts = {path.relative_to(source): path.read_text() for path in sorted(source.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    endless = {name for tree in trees.values() for name in endless_generators(tree)}
    for path, text in texts.items():
        try:
            fit = transformed(text, trees[path], endless)
        except Unfit as error:
            raise Unfit(f"{CORE}/{path}: {error}") from error
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(fit)
    (target / "frozen.py").write_text(STANDARD)
    return [path for path in texts if path.name != "frozen.py"]


def transformed(text: str, tree: ast.Module, endless: set[str]) -> str:
    """The same module for the compiler, which knows neither dataclasses with slots nor hints at run time.

    `endless`: names of the core's own generators without an end. Raises `Unfit`.
    """
    refuse_endless_expressions(tree, endless)
    edits: list[Edit] = []
    hints: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            refuse_aliases(node)
            edits += without_slots(node)
            if decorator := dataclass_decorator(node):
                edits += with_init(node, decorator)
                types = {field.target.id: hint(field) for field in fields(node)}
                hints.append(f"setattr({node.name}, '__annotations__', {types!r})")
    lines = text.splitlines()
    for edit in sorted(edits, key=lambda edit: edit.first, reverse=True):
        lines[edit.first : edit.end] = edit.lines
    return "\n".join([*lines, *hints]) + "\n"


# ---- what compiles and would mean something else


def refuse_aliases(node: ast.ClassDef) -> None:
    """`b = a` in a class, `a` being one of its methods: compiled, `b` is no method."""
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    for part in node.body:
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name) and part.value.id in methods:
            raise Unfit(f"line {part.lineno}: another name for a method; write a method that calls it")


def refuse_endless_expressions(tree: ast.Module, endless: set[str]) -> None:
    """The compiler makes a list of a generator expression that it cannot unroll, and says so in a warning. That is as
    good for all that end, of which there are many; so not the warning is refused, but an expression over what has no
    end, as far as that can be read off the source."""
    endless = endless | {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "itertools"
        for name in node.names
        if name.name in ("count", "cycle", "repeat")
    }
    read_one_by_one = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in LAZY
        for argument in node.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.GeneratorExp) and id(node) not in read_one_by_one:
            for part in node.generators:
                if isinstance(part.iter, ast.Call) and called(part.iter) in endless:
                    raise Unfit(
                        f"line {node.lineno}: an endless generator expression; write a loop that yields"
                    )


def endless_generators(tree: ast.Module) -> Iterator[str]:
    """Names of generator functions that loop `while True`, or over `count()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            parts = list(ast.walk(node))
            loops = any(
                (isinstance(part, ast.While) and isinstance(part.test, ast.Constant))
                or (
                    isinstance(part, ast.For)
                    and isinstance(part.iter, ast.Call)
                    and called(part.iter) == "count"
                )
                for part in parts
            )
            if loops and any(isinstance(part, ast.Yield) for part in parts):
                yield node.name


def called(node: ast.Call) -> str:
    """The called thing's own name; empty if it has none."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


# ---- classes


def without_slots(node: ast.ClassDef) -> list[Edit]:
    """A compiled class has its own, and none that can be named."""
    return [
        Edit(part.lineno - 1, part.end_lineno or part.lineno, [" " * part.col_offset + "pass"])
        for part in node.body
        if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "__slots__"
    ]


def dataclass_decorator(node: ast.ClassDef) -> ast.Call | None:
    """Raises `Unfit` for what `with_init` does not know."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and called(decorator) == "dataclass":
            unknown = {keyword.arg for keyword in decorator.keywords} - {"frozen", "slots"}
            if unknown or node.bases:
                raise Unfit(
                    f"line {node.lineno}: a dataclass with a base, or with {unknown}; teach the script"
                )
            return decorator
    return None


@dataclass(frozen=True)
class Field:
    target: ast.Name
    annotation: ast.expr
    value: ast.expr | None


def fields(node: ast.ClassDef) -> list[Field]:
    """Those of a dataclass, in their order."""
    return [
        Field(part.target, part.annotation, part.value)
        for part in node.body
        if isinstance(part, ast.AnnAssign)
        and isinstance(part.target, ast.Name)
        and not ast.unparse(part.annotation).startswith("ClassVar")
    ]


def hint(field: Field) -> str:
    """The annotation's text."""
    node = field.annotation
    return str(node.value) if isinstance(node, ast.Constant) and node.value else ast.unparse(node)


def with_init(node: ast.ClassDef, decorator: ast.Call) -> list[Edit]:
    """Its `__init__` written out, for the compiler to compile: the one that `dataclass` makes stays interpreted."""
    frozen = any(keyword.arg == "frozen" for keyword in decorator.keywords)
    options = "frozen=True, init=False" if frozen else "init=False"
    outer = " " * node.col_offset
    inner = outer + " " * 4
    parameters, body = ["self"], []
    for field in fields(node):
        name, value = field.target.id, field.target.id
        made = factory(field.value)
        if made:
            parameters.append(f"{name}: {hint(field) + ' | None'!r} = None")
            value = f"{made} if {name} is None else {name}"
        else:
            default = f" = {ast.unparse(field.value)}" if field.value else ""
            parameters.append(f"{name}: {hint(field)!r}{default}")
        body.append(f"{inner}    self.{name} = {value}  # type: ignore[misc]")
    if any(isinstance(part, ast.FunctionDef) and part.name == "__post_init__" for part in node.body):
        body.append(f"{inner}    self.__post_init__()")
    init = ["", f"{inner}def __init__({', '.join(parameters)}) -> None:", *(body or [f"{inner}    pass"])]
    called_as = ast.unparse(decorator.func)
    end = node.end_lineno or node.lineno
    return [
        Edit(
            decorator.lineno - 1,
            decorator.end_lineno or decorator.lineno,
            [f"{outer}@{called_as}({options})"],
        ),
        Edit(end, end, init),
    ]


def factory(value: ast.expr | None) -> str:
    """What makes the default of a `field(default_factory=...)`; empty for any other default. Raises `Unfit`."""
    if not (isinstance(value, ast.Call) and called(value) == "field"):
        return ""
    options = {keyword.arg: keyword.value for keyword in value.keywords}
    if "default_factory" not in options or not options.keys() <= {"default_factory", "repr", "compare"}:
        raise Unfit(f"line {value.lineno}: a field with {set(options)}; teach the script")
    made = ast.unparse(options["default_factory"])
    empty = {"dict": "{}", "list": "[]"}
    return empty.get(made) or (f"({made})()" if made.startswith("lambda") else f"{made}()")


# ---- the build


def compile_into(work: Path) -> Path:
    """Build in the empty folder `work`; the folder with the result. Raises `Unfit`, `Failed`."""
    modules = prepare(ROOT / CORE, work / CORE)
    (work / "setup.py").write_text(SETUP.format(paths=[str(Path(CORE) / path) for path in modules]))
    run([sys.executable, "setup.py", "-q", "build_ext", "--build-lib=done", "--build-temp=objects"], work)
    # The text stays beside what it became: tracebacks show its lines.
    shutil.copytree(work / CORE, work / "done" / CORE, dirs_exist_ok=True)
    check = f"import {CORE}.engine as core; assert not core.__file__.endswith('.py'), core.__file__"
    run([sys.executable, "-P", "-c", check], work, PYTHONPATH=str(work / "done"))
    return work / "done"


def run(command: Sequence[str], folder: Path, **environment: str) -> None:
    """Raises `Failed` with the last lines of what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(f"    | {line}" for line in done.stdout.splitlines()[-SHOWN:])
        raise Failed(f"`{' '.join(command[1:4])}` ended with {done.returncode}\n{tail}")


def size(paths: Iterable[Path]) -> float:
    """Megabytes."""
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> int:
    builds = ROOT / BUILDS
    name = digest()
    if (builds / name).is_dir():
        say("==> The compiled core: of these very sources already")
        return 0
    builds.mkdir(exist_ok=True)
    say("==> Compiling the core with mypyc: some minutes, on one processor")
    began = monotonic()
    try:
        with TemporaryDirectory(prefix="building-", dir=builds) as work:
            done = compile_into(Path(work))
            if digest() != name:
                raise Failed("the sources were changed meanwhile: start it again")
            done.rename(builds / name)
    except (Unfit, Failed) as error:
        say(f"\nNothing was compiled: {error}")
        return 1
    say(
        f"    done in {monotonic() - began:.0f} s: {BUILDS}/{name}, {size((builds / name).rglob('*')):.0f} MB"
    )
    say("    `switchroom` runs on it from its next start on; remove the folder to go back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
