"""A column as lists search and order it: without case and accents, by one rule on every database."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class folded(GenericFunction[str]):
    """`switchroom.texts.fold` of a column, compared by code points."""

    type = String()
    inherit_cache = True


@compiles(folded)
def _folded(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"fold_text({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _folded_postgresql(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    return f'(fold_text({compiler.process(element.clauses, **options)}) COLLATE "C")'
