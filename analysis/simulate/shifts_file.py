"""Read shifts and rates from files."""

import csv
import re
from pathlib import Path

from routing.simulation.shifts import HALF_HOUR, Shift

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)")
DAY_MINUTES = 24 * 60


class UnreadableFile(Exception):
    """The file does not hold what it should. The text says where and why."""


def read_shifts(path: Path) -> tuple[tuple[Shift, ...], tuple[int, ...]]:
    """Return the shifts of a day, or the agents in each half hour. The first line of the CSV says which; the other is
    empty.

    `agent,from,to`: an agent's name and times `HH:MM`. A `to` that is not later than `from` is on the next day.
    `from,agents`: how many agents are at work from that half hour on, until the next line. Raises `UnreadableFile`.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    header = [cell.lower() for cell in rows[0]] if rows else []
    if header == ["agent", "from", "to"]:
        return _by_agent(path, rows[1:]), ()
    if header == ["from", "agents"]:
        return (), _by_half_hour(path, rows[1:])
    raise UnreadableFile(f"{path}: the first line must be `agent,from,to` or `from,agents`")


def read_rates(path: Path) -> tuple[float, ...]:
    """Return 24 or 168 numbers (calls per hour). In the file they are separated by commas, blanks or line ends. Raises
    `UnreadableFile`."""
    try:
        rates = tuple(float(word) for word in re.split(r"[\s,;]+", path.read_text().strip()))
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {error}") from error
    if len(rates) not in (24, 168):
        raise UnreadableFile(f"{path}: {len(rates)} rates; 24 or 168 are needed")
    return rates


def _by_agent(path: Path, rows: list[list[str]]) -> tuple[Shift, ...]:
    numbers: dict[str, int] = {}
    found = []
    for line, row in enumerate(rows, 2):
        if len(row) != 3:
            raise UnreadableFile(f"{path}, line {line}: agent, from and to are needed")
        agent = numbers.setdefault(row[0], len(numbers))
        begin, end = _minutes(path, line, row[1]), _minutes(path, line, row[2])
        found.append(Shift(agent, begin * 60.0, (end if end > begin else end + DAY_MINUTES) * 60.0))
    if not found:
        raise UnreadableFile(f"{path}: there is no shift")
    return tuple(found)


def _by_half_hour(path: Path, rows: list[list[str]]) -> tuple[int, ...]:
    counts = [0] * (DAY_MINUTES * 60 // int(HALF_HOUR))
    for line, row in enumerate(rows, 2):
        if len(row) != 2 or not row[1].isdigit():
            raise UnreadableFile(f"{path}, line {line}: a time and a number of agents are needed")
        first = _minutes(path, line, row[0]) * 60 / HALF_HOUR
        if first != int(first) or first >= len(counts):
            raise UnreadableFile(
                f"{path}, line {line}: {row[0]} is not the start of a half hour, such as 08:30"
            )
        counts[int(first) :] = [int(row[1])] * (len(counts) - int(first))
    if not any(counts):
        raise UnreadableFile(f"{path}: no agent works")
    return tuple(counts)


def _minutes(path: Path, line: int, text: str) -> int:
    match = _TIME.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise UnreadableFile(f"{path}, line {line}: {text!r} is not a time of a day, such as 08:30")
    return minutes
