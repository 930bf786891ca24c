"""A form with a file (multipart/form-data, RFC 7578), read as it arrives: the file is never held whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.core.errors import TooLarge, ValidationFailed

MOST_FIELDS = 30
LONGEST_FIELD = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileBegins:
    """From here on the pieces (`bytes`) of the file of this name follow."""

    filename: str


Event = FileBegins | bytes


class Form:
    """What `feed` has read so far: `fields` by name, and whether the form `ended`. It may hold one file."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise ValidationFailed({"body": "Send multipart/form-data with a file"})
        callbacks: Any = {
            name: getattr(self, f"_{name}")
            for name in (
                "on_part_begin", "on_part_data", "on_part_end", "on_header_field", "on_header_value",
                "on_header_end", "on_headers_finished", "on_end",
            )
        }  # fmt: skip
        try:
            self._parser = MultipartParser(options[b"boundary"], callbacks)
        except FormParserError as error:
            raise ValidationFailed({"body": f"Not a form: {error}"[:200]}) from error
        self.fields: dict[str, str] = {}
        self.ended = False
        self._has_file = False
        self._events: list[Event] = []
        self._headers: dict[str, str] = {}
        self._header, self._value = bytearray(), bytearray()
        self._name = ""
        self._in_file = False
        self._text = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """Read on and return what of the file has come. Raises ValidationFailed for what is no form."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise ValidationFailed({"body": f"Not a form: {error}"[:200]}) from error
        events, self._events = self._events, []
        return events

    def _on_part_begin(self) -> None:
        self._headers, self._text = {}, bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        self._name = _text(options.get(b"name", b""))
        self._in_file = b"filename" in options
        if not self._in_file:
            if len(self.fields) >= MOST_FIELDS:
                raise TooLarge(MOST_FIELDS, "fields")
            return
        if self._name != "file" or self._has_file:
            raise ValidationFailed({self._name[:80] or "file": "Send one file, as `file`"})
        self._has_file = True
        self._events.append(FileBegins(_text(options[b"filename"])))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._events.append(data[start:end])
        elif len(self._text) + end - start > LONGEST_FIELD:
            raise TooLarge(LONGEST_FIELD)
        else:
            self._text += data[start:end]

    def _on_part_end(self) -> None:
        if not self._in_file:
            self.fields[self._name] = _text(bytes(self._text))

    def _on_end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def sent(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are not empty: a form in a browser sends the others too."""
    return {name: value for name, value in fields.items() if value.strip()}


def form_schema(model: type[BaseModel], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form of these fields, `more` of them, and a file, for the OpenAPI document."""
    found = model.model_json_schema()
    text = {
        name: {**_text_schema(schema), "title": schema.get("title", name)}
        for name, schema in found["properties"].items()
    }
    file = {"type": "string", "format": "binary", "description": "The file. Its Content-Type is ignored."}
    form = {
        "type": "object",
        "properties": {**text, **more, "file": file},
        "required": [*found.get("required", ()), "file"],
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def _text_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without null, which no form can hold."""
    found = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    told = {"description": schema["description"]} if "description" in schema else {}
    return {**found, **told}
