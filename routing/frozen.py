"""Frozen dataclasses that are made quickly.

`@dataclass(frozen=True, slots=True)` of the standard library sets each field by `object.__setattr__`. This makes an
instance several times slower to create than one of a class that is not frozen. Commands and events are created by the
dozen for each call. Here an instance is filled as one of a mutable twin with the same slots, and then gets the frozen
class. Everything else (frozen, equality, hash, repr, `fields`, `replace`, pickling, type checking) stays the same.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """For `frozen=True, slots=True` alone, and classes without bases, `__post_init__` or `__init__`."""
        if not (frozen and slots):
            raise TypeError("only for frozen classes with slots")
        return lambda plain: _quick(dataclasses.dataclass(frozen=True, slots=True)(plain))


def _quick(kind: Any) -> Any:
    """Return the frozen dataclass with its own `__new__` in the place of its `__init__`."""
    fields = dataclasses.fields(kind)
    if kind.__bases__ != (object,) or hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} has a base or a __post_init__")
    names = [field.name for field in fields]
    twin = type(kind.__name__, (), {"__slots__": kind.__slots__})
    known: dict[str, Any] = {"_twin": twin, "_none": dataclasses.MISSING}
    head, body = [], []
    for field in fields:
        value = field.name
        if field.default is not dataclasses.MISSING:
            known[f"_default_{field.name}"] = field.default
            head.append(f"{field.name}=_default_{field.name}")
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_factory_{field.name}"] = field.default_factory
            head.append(f"{field.name}=_none")
            value = f"_factory_{field.name}() if {field.name} is _none else {field.name}"
        else:
            head.append(field.name)
        body.append(f"    _self.{field.name} = {value}")
    lines = [f"def __new__({', '.join(['_cls', *head])}):", "    _self = _twin()", *body]
    lines += ["    _self.__class__ = _cls", "    return _self"]
    exec("\n".join(lines), known)  # noqa: S102 - as dataclasses themselves do; only names of our own fields go in
    del kind.__init__
    kind.__new__ = known["__new__"]
    kind.__getnewargs__ = lambda self: tuple([getattr(self, name) for name in names])
    return kind
