"""The documents are true: settings, containers, routes."""

import importlib.util
import json
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.run.demo_routes import after_hours_route, welcome_route
from routing.routes.document import validate_route
from routing.state.phases import CallPhase
from switchroom.ids import new_id, parse_id
from switchroom.production import require_safe
from switchroom.settings import Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
FIELDS = {f"SWITCHROOM_{name.upper()}" for name in Settings.model_fields}
NOT_SETTINGS = {"SWITCHROOM_CACHE", "SWITCHROOM_OPEN_FILES"}
"""Read by asterisk-config/install.sh and run.sh alone."""
OURS = {
    "api", "engine", "mail-reader", "record-writer", "worker-recordings", "worker-default", "worker-transcripts",
    "migrate",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def asterisk_variables() -> set[str]:
    """What the Asterisk image's entrypoint says it reads."""
    text = (ROOT / "asterisk-config" / "entrypoint.py").read_text()
    read = {f"SWITCHROOM_{name}" for name in re.findall(r'get\("([A-Z_]+)"', text)}
    assert "SWITCHROOM_API_URL" in read
    return read


@pytest.mark.long
def test_the_configuration_table_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "settings_table.py")],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {f"| `{name}` |" for name in FIELDS} == set(
        re.findall(r"\| `SWITCHROOM_\w+` \|", (ROOT / "README.md").read_text())
    )


def test_the_table_of_the_inboxs_codes_is_current() -> None:
    spec = importlib.util.spec_from_file_location("inbox_errors", ROOT / "scripts/inbox_errors.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text() == script.page(), "make docs"
    codes = [code.code for code in script.CODES]
    assert len(set(codes)) == len(codes)
    assert all(100 <= code <= 999 for code in codes)


def test_the_diagram_of_the_states_of_a_call_is_current() -> None:
    document = (ROOT / "docs/routing.md").read_text()
    assert state_diagram().replaced(document) == document, "python scripts/state_diagram.py"
    for phase in CallPhase:
        assert re.search(rf"--> {phase}\b|\b{phase} -->", document), phase


def state_diagram() -> Any:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("state_diagram", ROOT / "scripts/state_diagram.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_variable_in_the_documents_is_a_setting() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".env.example"]:
        named = set(re.findall(r"SWITCHROOM_[A-Z0-9_]*[A-Z0-9]", path.read_text()))
        assert named <= FIELDS | NOT_SETTINGS, path


def test_every_metric_in_the_documents_is_measured() -> None:
    places = ("pbx/metrics.py", "api/core/metrics.py", "workers/metrics.py")
    measured = set(re.findall(r'"([a-z_]+)"', "".join((ROOT / place).read_text() for place in places)))
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for name in re.findall(r"`switchroom_([a-z_]+)", path.read_text()):
            base = name.removesuffix("_total")
            wanted = {base, f"{base}_total", f"switchroom_{base}", f"switchroom_{base}_total"}
            assert wanted & measured, f"{path}: switchroom_{name}"


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
            if not target.startswith(("http://", "https://")):
                assert (path.parent / target).exists(), f"{path}: {target}"


def test_every_picture_is_shown() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    shown = set(re.findall(r"\]\(images/([\w-]+\.png)\)", pages))
    assert {path.name for path in (ROOT / "docs/images").glob("*.png")} == shown


class TestCompose:
    def test_ours_are_configured_by_settings(self, compose: dict[str, Any]) -> None:
        for name in OURS:
            variables = set(compose["services"][name]["environment"])
            assert variables <= FIELDS, name
            assert {"SWITCHROOM_DATABASE_URL", "SWITCHROOM_SECRET_KEY", "SWITCHROOM_NODES"} <= variables

    def test_asterisk_is_configured_by_what_its_entrypoint_reads(self, compose: dict[str, Any]) -> None:
        assert set(compose["services"]["asterisk"]["environment"]) <= asterisk_variables()

    def test_every_process_is_there_with_a_command_of_ours(self, compose: dict[str, Any]) -> None:
        from typer.main import get_command

        from cli.main import app

        commands = set(get_command(app).commands)  # type: ignore[attr-defined]
        assert {compose["services"][name]["command"][0] for name in OURS} <= commands
        assert OURS | {"asterisk", "redis", "postgres", "s3"} == set(compose["services"])

    def test_every_server_says_whether_it_is_well(self, compose: dict[str, Any]) -> None:
        for name in ("asterisk", "redis", "postgres", "s3", "api", "engine", "record-writer"):
            assert compose["services"][name]["healthcheck"]["test"], name

    def test_volumes_and_networks_are_declared(self, compose: dict[str, Any]) -> None:
        used = {
            mount.split(":")[0]
            for service in compose["services"].values()
            for mount in service.get("volumes", ())
        }
        assert used == set(compose["volumes"])
        assert {name for service in compose["services"].values() for name in service["networks"]} == set(
            compose["networks"]
        )

    def test_containers_are_closed(self, compose: dict[str, Any]) -> None:
        for name, service in compose["services"].items():
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
            assert service["read_only"] is True, name
            assert service.get("user") != "root", name
        added = {name for name, service in compose["services"].items() if "cap_add" in service}
        assert added == {"asterisk"}
        assert "USER switchroom" in (ROOT / "Dockerfile").read_text()

    def test_what_is_private_is_not_published(self, compose: dict[str, Any]) -> None:
        published = {
            name: service["ports"] for name, service in compose["services"].items() if "ports" in service
        }
        assert published.keys() == {"api", "asterisk"}
        assert published["api"] == ["127.0.0.1:8000:8000"]
        assert all(port.endswith("/udp") for port in published["asterisk"])

    def test_both_images_share_the_spool_by_one_group(self) -> None:
        for name in ("Dockerfile", "asterisk-config/Dockerfile"):
            assert "groupadd --gid 10001 switchroom" in (ROOT / name).read_text()

    def test_filled_in_it_is_safe_for_production(self, compose: dict[str, Any]) -> None:
        def filled(text: str) -> str:
            for name in ("PUBLIC_URL", "S3_PUBLIC_ENDPOINT"):
                text = re.sub(rf"\$\{{SWITCHROOM_{name}[^}}]*\}}", "https://calls.example.org", text)
            return re.sub(r"\$\{[^}]*\}", lambda _: secrets.token_hex(24), text)

        values = {
            name.removeprefix("SWITCHROOM_").lower(): filled(value)
            for name, value in compose["services"]["api"]["environment"].items()
        }
        for name in ("nodes", "trusted_proxies"):
            values[name] = json.loads(values[name])
        require_safe(Settings(_env_file=None, **values))

    def test_secrets_come_from_the_environment_and_are_asked_for(self, compose: dict[str, Any]) -> None:
        text = (ROOT / "docker-compose.yml").read_text()
        asked = set(re.findall(r"\$\{(\w+)", text))
        offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
        assert asked == offered
        for name in ("SECRET", "PASSWORD"):
            assert not re.search(rf"{name}\w*: (?!.*\$\{{)\S", text), f"a {name} with a value"
        assert compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].endswith(
            ":?set it in .env}"
        )


@pytest.mark.parametrize("name", ["Welcome", "After hours"])
def test_the_demo_routes_are_valid(name: str) -> None:
    team, sales, support = new_id(), new_id(), new_id()
    routes = (welcome_route(team, {"Sales": sales, "Support": support}), after_hours_route(team))
    route = next(route for route in routes if route["name"] == name)
    document = {"entry": route["entry"], "blocks": route["blocks"]}
    assert validate_route(document, queues={sales, support}, teams={team}) == []


def test_ids_are_read_in_every_spelling() -> None:
    id = new_id()
    dashed = f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"
    assert parse_id(id) == parse_id(f"a{id}") == parse_id(dashed.upper()) == id
    assert parse_id("a" + id[1:] + "zz") is None
