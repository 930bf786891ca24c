"""scripts/bootstrap.py on machines where programs or packages are missing."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.unit

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bootstrap", module)
    spec.loader.exec_module(module)
    return module


def test_only_what_is_missing_is_installed(bootstrap: ModuleType) -> None:
    there = bootstrap.Program("sh", "dash")
    missing = bootstrap.Program("no-such-program", "no-such-package")
    assert bootstrap.missing_packages([there, missing]) == ["no-such-package"]


def test_a_program_outside_the_path_counts(bootstrap: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "v15").mkdir()
    (tmp_path / "v15" / "postgres-of-test").touch()
    folder = str(tmp_path / "*").removeprefix("/")
    assert bootstrap.Program("postgres-of-test", "postgresql", (folder,)).present()
    assert not bootstrap.Program("postgres-of-test", "postgresql").present()


def test_a_changed_lock_is_installed_anew(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements").mkdir()
    for name in ("build", "base", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(name)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    assert not bootstrap.installed("base")
    (tmp_path / ".lock-dev").write_text(bootstrap.fingerprint(bootstrap.lock_files("dev")))
    assert bootstrap.installed("dev")
    assert bootstrap.installed("base"), "the dev lock holds everything of base"
    (tmp_path / "requirements" / "dev.txt").write_text("newer")
    assert not bootstrap.installed("dev")


def test_a_failure_says_reason_and_remedy(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_profile: object) -> None:
        bootstrap.run(["sh", "-c", "echo the mirror is away; exit 7"], "check the network")

    monkeypatch.setattr(bootstrap, "bootstrap", fail)
    assert bootstrap.main(["run"]) == 1
    shown = capsys.readouterr().out
    assert "the mirror is away" in shown
    assert "ended with 7" in shown
    assert "What to do: check the network" in shown


def test_packages_start_no_services_meanwhile(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(bootstrap, "POLICY", policy)
    monkeypatch.setattr(bootstrap, "as_root", list)
    with bootstrap.services_kept_down():
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
    assert not policy.exists()


def test_a_policy_of_the_machine_stays(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(bootstrap, "POLICY", policy)
    with bootstrap.services_kept_down():
        pass
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
