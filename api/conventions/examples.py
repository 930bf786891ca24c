"""Examples of answers, made of their schemas."""

from typing import Any

Json = Any
_DEEPEST = 8
_PLAIN: dict[str, Json] = {"string": "text", "boolean": True, "null": None, "number": 1.5, "integer": 1}


def example(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Json:
    """Make a value that the schema allows: of its own example if it has one, else of the examples of its parts.

    `schemas` are the document's. Of several kinds the first one is taken, so null only where nothing else is allowed.
    A field whose pattern or limits the plain values do not meet needs an example of its own.
    """
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas, depth)
    kind = schema.get("type", "object")
    if kind == "object":
        return _object(schema, schemas, depth + 1)
    if kind == "array":
        return _array(schema, schemas, depth + 1)
    return _number(schema) if kind in ("integer", "number") else _PLAIN[kind]


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Json:
    fields = schema.get("properties", {})
    found = {name: example(field, schemas, depth) for name, field in fields.items()}
    values = schema.get("additionalProperties")
    if not fields and isinstance(values, dict) and values:
        found[example(schema.get("propertyNames", {"type": "string"}), schemas, depth)] = example(
            values, schemas, depth
        )
    return found


def _array(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Json:
    if "prefixItems" in schema:
        return [example(item, schemas, depth) for item in schema["prefixItems"]]
    return [example(schema["items"], schemas, depth)] if depth < _DEEPEST and schema.get("items") else []


def _number(schema: dict[str, Any]) -> Json:
    """Return a number that is large enough, and by default small."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    plain = _PLAIN[schema["type"]]
    return plain if plain >= least else least
