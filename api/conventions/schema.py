"""What request bodies and answers share: strict types, and fields that are taken from another class."""

import inspect
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


def sometimes(**more: Any) -> Any:
    """Return the value of a field that may be missing. It reads as None then. This alone does not allow null."""
    return Field(default_factory=_missing, **more)


def _missing() -> None:
    return None


class Schema(BaseModel):
    """A JSON object whose types are strict. A text below a field says what the field means.

    `class QueueSummary(Answer, of=QueueSettings)` has the fields of `QueueSettings` too, without their defaults.
    """

    model_config = ConfigDict(strict=True, use_attribute_docstrings=True)

    partial: ClassVar[bool] = False
    """Whether every field of its subclasses may be missing."""

    def __init_subclass__(cls, *, of: type[BaseModel] | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = inspect.get_annotations(cls)
        taken = {name: info for name, info in of.model_fields.items() if name not in own} if of else {}
        cls.__annotations__ = {**own, **{name: info.rebuild_annotation() for name, info in taken.items()}}
        if cls.partial:
            _make_partial(cls, own)
        for name, info in taken.items():
            setattr(cls, name, sometimes(**_told(info)) if cls.partial else Field(**_told(info)))

    @classmethod
    def __pydantic_init_subclass__(cls, *, of: type[BaseModel] | None = None, **options: Any) -> None:
        """Take the keyword that `__init_subclass__` has used."""
        super().__pydantic_init_subclass__(**options)


def _make_partial(cls: type[Schema], fields: dict[str, Any]) -> None:
    for name in fields.keys() - {"partial"}:
        if name in cls.__dict__:
            raise TypeError(f"{cls.__name__}.{name} may be missing, so it has no value; use Annotated")
        setattr(cls, name, sometimes())


def _told(info: FieldInfo) -> dict[str, Any]:
    """Return what a field says beside its type and its default. The default is an example."""
    names = ("alias", "validation_alias", "description", "json_schema_extra")
    has_default = info.default is not None and not info.is_required() and info.default_factory is None
    examples = info.examples or ([info.default] if has_default and info.default != "" else None)
    return {**{name: getattr(info, name) for name in names}, "examples": examples}
