"""Make the configuration table of README.md from the docstrings of `switchroom.settings.Settings`.

Usage: python scripts/settings_table.py [--write]. Without --write the exit code says whether the table is current.
"""

import ast
import json
import sys
from itertools import pairwise
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from switchroom.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
GENERATED = ("secret_key", "node_secret", "s3_access_key", "s3_secret_key", "vapid_private_key")
"""The secrets that `make run` makes."""
BEGIN, END = "<!-- settings: begin (make docs) -->\n", "<!-- settings: end -->"


def docstrings() -> dict[str, str]:
    """Return each setting with the docstring that follows it in the source."""
    tree = ast.parse((ROOT / "switchroom" / "settings.py").read_text())
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found = {}
    for node, follower in pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = follower.value if isinstance(follower, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[node.target.id] = " ".join(text.value.split())
    return found


def default(name: str) -> str:
    field = Settings.model_fields[name]
    value = field.default
    if isinstance(value, SecretStr):
        return "(generated)" if name in GENERATED else "none"
    if value is PydanticUndefined:
        return "one on loopback" if name == "nodes" else "none"
    text = json.dumps(value) if isinstance(value, bool | list) else str(value)
    return f"`{text}`" if value not in ("", None) else "none"


def table() -> str:
    """Return the whole table in Markdown. Raise KeyError for a setting without a docstring."""
    texts = docstrings()
    rows = ["| variable | default | what |", "|---|---|---|"]
    for name in Settings.model_fields:
        what = texts[name].replace("|", "\\|")
        rows.append(f"| `SWITCHROOM_{name.upper()}` | {default(name)} | {what} |")
    return "\n".join(rows) + "\n"


def with_table(readme: str) -> str:
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def main() -> int:
    readme = README.read_text()
    wanted = with_table(readme)
    if "--write" in sys.argv:
        README.write_text(wanted)
        return 0
    if readme != wanted:
        sys.stderr.write("README.md: the configuration table is not current; run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
