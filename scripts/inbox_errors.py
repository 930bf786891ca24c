"""Make docs/inbox-errors.md, the table of the inbox's error codes, of `api.inbox.surface.CODES`.

Usage: python scripts/inbox_errors.py [--write]. Without --write the exit code says whether the page is current.
"""

import sys
from pathlib import Path

from api.inbox.surface import CODES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "inbox-errors.md"
HEAD = """# Errors of the customer inbox

After reading this page you know what each code of `{"code": 301, "message": "..."}` means. `make docs`
writes it; the table stands in `api/inbox/surface.py`. A code has one meaning, which never changes.

| code | status | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(f"| {code.code} | {code.status} | {code.meaning} |\n" for code in CODES)


def main() -> None:
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        sys.exit(f"{PAGE.name} is not current: make docs")


if __name__ == "__main__":
    main()
