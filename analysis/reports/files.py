"""Statistics as files for spreadsheets. A cell never becomes a formula, whatever a queue is called."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from analysis.reports.report import By, Of

Report = Mapping[str, Any]
"""What `analysis.reports.report` returns."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_FORMULA = re.compile(r"\A(?=[-=+@\t\r\n＝＋－＠])|(?<=[;\t])(?=[-=+@\"＝＋－＠])")
"""Where a spreadsheet takes what follows for a formula. Where the comma is a decimal mark, cells of a CSV file are
separated by semicolons."""
_TIMES = ("from", "to")
CHUNK = 64 * 1024


def name_of(of: Of, by: By) -> str:
    """Return what a file with these statistics is called, without a suffix."""
    return f"statistics-{by.value}" if of is Of.CALLS else f"statistics-{by.value}-{of.value}"


def csv_of(report: Report) -> Iterator[bytes]:
    """Yield the rows as CSV (RFC 4180, UTF-8 with a byte-order mark). Times are local ones of the team, in ISO 8601.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    yield "\ufeff".encode()
    for row in _table(report):
        writer.writerow([_FORMULA.sub("'", cell) if isinstance(cell, str) else cell for cell in row])
        if text.tell() > CHUNK:
            yield _taken(text)
    yield _taken(text)


def xlsx_of(report: Report) -> Iterator[bytes]:
    """Yield the rows as a workbook with one sheet. It is made on disk, row by row."""
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        sheet = book.add_worksheet(report["by"])
        bold = book.add_format({"bold": True})
        for number, row in enumerate(_table(report)):
            for place, cell in enumerate(row):
                form = bold if number == 0 else None
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell, form)
                elif cell is not None:
                    sheet.write_number(number, place, cell, form)
        sheet.freeze_panes(1, 0)
        book.close()
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _table(report: Report) -> Iterator[list[Any]]:
    """Yield the names of the columns, then the cells of each row."""
    zone, rows = ZoneInfo(report["timezone"]), report["rows"]
    columns = list(rows[0]) if rows else list(_TIMES)
    yield columns
    for row in rows:
        yield [_local(row[name], zone) if name in _TIMES else row[name] for name in columns]


def _local(time: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(time).astimezone(zone).isoformat(timespec="seconds")


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found
