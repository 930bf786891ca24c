"""CSV files that admins import: a dry run first, then all rows or none, and every problem named by its line.

The first line names the columns. Cells are separated by commas, semicolons or tabs, as the first line has it. An empty
cell says nothing: what it stands for stays as it is.
"""

import csv
import io
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Query
from pydantic import Field, StringConstraints, ValidationError
from sqlmodel import Session

from api.conventions.answers import Answer, PublicId
from api.conventions.body import Body
from api.core.errors import DomainError, ValidationFailed
from switchroom.plain_words import plain_words

DryRun = Annotated[bool, Query(description="Say what the import would do, and keep nothing.")]

MOST_ROWS = 1000
MOST_PROBLEMS = 100
"""Problems that an answer names at most."""
DELIMITERS = (",", ";", "\t")

Outcome = Literal["created", "changed", "unchanged"]
Item = TypeVar("Item", bound=Body)
Imported = tuple[Outcome, str, str]
"""What happened to a row, its object's id, and what people call it."""


CsvText = Annotated[str, StringConstraints(max_length=900_000, strip_whitespace=False)]


class CsvFile(Body):
    """A CSV file. It may also be sent as it is, with the content type `text/csv`."""

    csv: CsvText


class ImportedRow(Answer):
    """What came of a line of the file."""

    line: int
    outcome: Outcome
    id: PublicId
    """In a dry run, what is created has another id afterwards."""
    name: Annotated[str, Field(examples=["jane@example.com"])]


class ImportAnswer(Answer):
    """What an import did, or, in a dry run, what it would do."""

    dry_run: bool
    created: int
    changed: int
    unchanged: int
    rows: list[ImportedRow]


def import_rows(
    session: Session,
    text: str,
    model: type[Item],
    one: Callable[[Item], Imported],
    check: Callable[[], None],
    *,
    dry_run: bool,
    first: str = "",
) -> dict[str, Any]:
    """Import each line by `one`, all or none, and return the answer. A dry run keeps nothing.

    Lines with a cell in the column `first` come first: they ask for what others are given. `check` is called after all
    lines. Raises what it raises, and ValidationFailed, with a message for each `line 3.email` that is wrong.
    """
    problems: dict[str, str] = {}
    done: list[dict[str, Any]] = []
    lines = read_rows(text, frozenset(model.model_fields))
    for line, cells in sorted(lines, key=lambda row: first not in row[1]):
        try:
            item = model.model_validate(cells)
            with session.begin_nested():
                outcome, id, name = one(item)
        except ValidationError as error:
            for found in error.errors():
                problems.setdefault(f"line {line}.{found['loc'][0]}", plain_words(found))
        except DomainError as error:
            problems.update(_named(line, error))
        else:
            done.append({"line": line, "outcome": outcome, "id": id, "name": name})
    if problems:
        raise ValidationFailed(dict(list(problems.items())[:MOST_PROBLEMS]))
    check()
    if dry_run:
        session.rollback()
    counted = {
        verb: sum(row["outcome"] == verb for row in done) for verb in ("created", "changed", "unchanged")
    }
    return {"dry_run": dry_run, **counted, "rows": sorted(done, key=lambda row: row["line"])}


def read_rows(text: str, known: frozenset[str]) -> list[tuple[int, dict[str, str]]]:
    """Return each line's number and its cells that are not empty, by column. Raises ValidationFailed."""
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    try:
        columns = _columns(next(reader, []), known)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(columns):
                problem = f"Has {len(cells)} cells, but there are {len(columns)} columns"
                raise ValidationFailed({f"line {reader.line_num}": problem})
            if len(found) == MOST_ROWS:
                raise ValidationFailed({"csv": f"Has more than {MOST_ROWS} rows. Import it in parts"})
            row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
            found.append((reader.line_num, row))
    except csv.Error as error:
        raise ValidationFailed({f"line {reader.line_num}": f"Is not CSV: {error}"}) from None
    if not found:
        raise ValidationFailed({"csv": "Has no rows. The first line names the columns"})
    return found


def _columns(heading: list[str], known: frozenset[str]) -> list[str]:
    columns = [name.strip().lower().replace(" ", "_") for name in heading]
    problems = {}
    for number, name in enumerate(columns):
        if name not in known:
            problems[name[:80] or f"column {number + 1}"] = (
                f"No such column. Known: {', '.join(sorted(known))}"
            )
        elif name in columns[:number]:
            problems[name] = "Stands twice in the first line"
    if problems:
        raise ValidationFailed(problems)
    return columns


def _named(line: int, error: DomainError) -> dict[str, str]:
    """Return the problems of a line that a service refused, by the columns that it named."""
    if isinstance(error, ValidationFailed):
        return {f"line {line}.{field}": str(problem) for field, problem in error.response.items()}
    return {f"line {line}": str(error.response.get("message", "Refused"))}
