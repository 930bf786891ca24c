"""Write docs/trial.md from the rows.

Usage: python -m tests.trial.page [--write]. Without --write the exit code says whether the page is current.
"""

import sys
from pathlib import Path
from textwrap import fill

from tests.trial.row import Kind, Row
from tests.trial.rows import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "trial.md"
INTRODUCTION = """\
# The trial

After reading this page you know which small inputs once failed, what is right, and which tests
show it. `make trial` replays all of them on a real Asterisk, Redis, PostgreSQL and S3, and prints
what became of each. `make trial ARGS="K5 K8"` replays two kinds.

The rows of a kind had one cause. Each is an example of it. A new row stands in
`tests/trial/rows/`, and `make docs` writes this page.
"""


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join([INTRODUCTION, *(_section(kind) for kind in KINDS)])


def _section(kind: Kind) -> str:
    entries = [_entry(number, row) for number, row in enumerate(kind.rows, start=1)]
    return "\n".join([f"## {kind.name} {kind.title}\n", *entries])


def _entry(number: int, row: Row) -> str:
    start = f"{number}. "
    lines = [_filled(f"**{row.does}.**", start, len(start)), _filled(f"{row.right}.", "", len(start))]
    if row.open:
        left = "Not shown by a test" if row.tests else "Open"
        lines.append(_filled(f"*{left}:* {row.open}.", "", len(start)))
    lines += [f"{' ' * len(start)}- `{test}`" for test in row.tests]
    return "\n".join(lines) + "\n"


def _filled(text: str, first: str, indent: int) -> str:
    return fill(
        text, 100, initial_indent=first or " " * indent, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def main() -> int:
    if "--write" in sys.argv:
        PAGE.write_text(page())
        return 0
    if not PAGE.exists() or PAGE.read_text() != page():
        sys.stderr.write("docs/trial.md is not current; run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
