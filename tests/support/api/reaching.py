"""What the code of an operation can reach: found by reading it, not by running it.

A name is followed to the function, class or object that it means in its module. An attribute is followed where the type
of its object is known: from an annotation of a parameter, from what a called function says that it returns, or from an
object of a module. What cannot be followed is left out, and so is what a library does.
"""

import ast
import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Annotated, Any, get_args, get_origin

PACKAGES = ("api.", "models.", "switchroom.", "providers.", "workers.", "analysis.", "routing.")


@dataclass(frozen=True)
class Of:
    """An object of this class, of which nothing else is known."""

    type: type


@dataclass
class Reach:
    """What was reached: our functions, and the classes of which they make objects or which they raise."""

    functions: set[FunctionType] = field(default_factory=set)
    raised: set[type] = field(default_factory=set)
    made: set[type] = field(default_factory=set)


def reach(*roots: Callable[..., Any]) -> Reach:
    """Return all that these functions reach."""
    found = Reach()
    waiting = [function for root in roots for function in _functions(root)]
    while waiting:
        function = waiting.pop()
        if function in found.functions:
            continue
        found.functions.add(function)
        one = _of(function)
        found.raised |= one.raised
        found.made |= one.made
        waiting += one.functions - found.functions
    return found


@cache
def _of(function: FunctionType) -> Reach:
    node = _node(function)
    if node is None:
        return Reach()
    reader = _Reader(function, node)
    reader.read()
    return reader.found


class _Reader:
    """Reads one function."""

    def __init__(self, function: FunctionType, node: ast.AST) -> None:
        self.found = Reach()
        self._node = node
        self._globals = _names_of(function)
        self._locals: dict[str, Any] = {}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hints = _hints(function)
            for name in inspect.signature(function).parameters:
                self._locals[name] = _of_hint(hints.get(name))
            first = next(iter(inspect.signature(function).parameters), None)
            owner = _owner(function)
            if owner is not None and first in ("self", "cls"):
                self._locals[first] = Of(owner) if first == "self" else owner

    def read(self) -> None:
        """Read it: assignments first, so that the types of its variables are known."""
        for part in ast.walk(self._node):
            if (
                isinstance(part, ast.Assign)
                and len(part.targets) == 1
                and isinstance(part.targets[0], ast.Name)
            ):
                self._locals.setdefault(part.targets[0].id, self._value(part.value))
            elif isinstance(part, ast.withitem) and isinstance(part.optional_vars, ast.Name):
                self._locals.setdefault(part.optional_vars.id, self._value(part.context_expr))
        for part in ast.walk(self._node):
            if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Load):
                self._note(self._value(part))
            elif isinstance(part, ast.Raise) and part.exc is not None:
                raised = self._value(part.exc)
                type_ = raised.type if isinstance(raised, Of) else raised
                if isinstance(type_, type):
                    self.found.raised.add(type_)
            elif isinstance(part, ast.Call) and isinstance(made := self._value(part.func), type):
                self.found.made.add(made)

    def _note(self, value: Any) -> None:
        if isinstance(value, type):
            for name in ("__init__", "__post_init__", "__enter__", "__exit__"):
                self.found.functions |= set(_functions(vars(value).get(name)))
        else:
            self.found.functions |= set(_functions(value))

    def _value(self, node: ast.AST) -> Any:
        """Return the object that an expression means, `Of` if only its type is known, else None."""
        match node:
            case ast.Name(id=name):
                return self._locals[name] if name in self._locals else self._globals.get(name)
            case ast.Attribute(value=of, attr=name):
                return _attribute(self._value(of), name)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self._value(value)
            case ast.Call(func=called):
                return _returned(self._value(called))
        return None


def _attribute(of: Any, name: str) -> Any:
    if isinstance(of, ModuleType):
        return getattr(of, name, None)
    if isinstance(of, type):
        return inspect.getattr_static(of, name, None)
    if of is None:
        return None
    type_ = of.type if isinstance(of, Of) else type(of)
    found = inspect.getattr_static(type_, name, None)
    if isinstance(found, property):
        return found.fget
    if isinstance(found, FunctionType | staticmethod | classmethod):
        return found
    if not isinstance(of, Of) and _is_ours(type_):
        return getattr(of, name, None)
    return _of_hint(_hints(type_).get(name))


def _returned(called: Any) -> Any:
    if isinstance(called, type):
        return Of(called)
    for function in _functions(called):
        return _of_hint(_hints(function).get("return"))
    return None


def _of_hint(hint: Any) -> Any:
    """Return `Of` the class that an annotation names, also as optional or with notes."""
    if get_origin(hint) is Annotated:
        return _of_hint(get_args(hint)[0])
    choices = [one for one in get_args(hint) if one is not type(None)]
    if get_origin(hint) in (typing.Union, getattr(sys.modules["types"], "UnionType", None)):
        return _of_hint(choices[0])
    return Of(hint) if isinstance(hint, type) and _is_ours(hint) else None


def _functions(value: Any) -> Iterator[FunctionType]:
    """Yield our functions behind a value: of decorators, partials, tables of functions and objects that are called."""
    if isinstance(value, staticmethod | classmethod | MethodType):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    if isinstance(value, partial):
        yield from _functions(value.func)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _functions(one) if callable(one) else ()
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _functions(one) if callable(one) else ()
    elif value is not None and not isinstance(value, type | Of):
        plain = inspect.unwrap(value) if callable(value) else None
        if isinstance(plain, FunctionType):
            if _is_ours(plain):
                yield plain
        elif plain is not None and _is_ours(type(value)):
            yield from _functions(vars(type(value)).get("__call__"))
        if not isinstance(value, FunctionType) and hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                part = getattr(value, name, None)
                yield from _functions(part) if isinstance(part, FunctionType) else ()


def _is_ours(value: Any) -> bool:
    return f"{value.__module__}.".startswith(PACKAGES)


def _names_of(function: FunctionType) -> dict[str, Any]:
    """Return what the names in a function mean: those of its module, and what it has of the function around it."""
    names = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:
            continue
    return names


def _owner(function: FunctionType) -> type | None:
    """Return the class whose method a function is."""
    value: Any = sys.modules[function.__module__]
    for part in function.__qualname__.split(".")[:-1]:
        value = getattr(value, part, None)
    return value if isinstance(value, type) else None


@cache
def _hints(value: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(value, include_extras=True)
    except (NameError, TypeError):
        # Imported for type checkers only.
        return {}


@cache
def _nodes(file: str) -> dict[tuple[int, str], ast.AST]:
    """Return the file's functions by their lines and names. A decorated one begins with its decorator."""
    found: dict[tuple[int, str], ast.AST] = {}
    if file.startswith("<"):
        # That of a dataclass, such as its `__init__`.
        return found
    for node in ast.walk(ast.parse(Path(file).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = {node.lineno, *(one.lineno for one in node.decorator_list)}
            found |= {(line, node.name): node for line in lines}
        elif isinstance(node, ast.Lambda):
            found[node.lineno, "<lambda>"] = node
    return found


def _node(function: FunctionType) -> ast.AST | None:
    code = function.__code__
    return _nodes(code.co_filename).get((code.co_firstlineno, code.co_name))
