"""install.sh and run.sh are quick if nothing is to do. If something is missing, they say so clearly."""

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from cli.run.asterisk_config import CONFIG_DIR, AsteriskInstance, installed
from routing.blocks import BLOCK_TYPES, checks
from routing.blocks.directory import CHOOSE, NO_MATCH, NO_MORE
from routing.blocks.mailbox import login, messages, new_pin, spoken
from routing.blocks.voicemail import INTRO
from routing.calls.feature_codes import CONFIRMED, INVALID
from routing.calls.outgoing import LIMIT_SOUND, NOT_ALLOWED_SOUND
from routing.config import NOTICE_SOUND
from routing.state.world import GOODBYE_SOUND, SORRY_SOUND, UNKNOWN_SOUND
from tests.support.sip.audio import wav_level

pytestmark = pytest.mark.pbx

OURS = CONFIG_DIR / "sounds" / "en" / "switchroom"


@pytest.fixture(scope="module")
def library() -> Path:
    """The folder of English sounds, as this machine sees it."""
    facts = installed()
    (found,) = Path(f"{facts['root']}{facts['data_dir']}/sounds").rglob("switchroom/call-recorded.wav")
    return found.parent.parent


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, env=os.environ | environment, timeout=60)


def test_the_installer_does_nothing_when_there_is_an_asterisk() -> None:
    done = run(str(CONFIG_DIR / "install.sh"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("asterisk: using")


def test_facts_name_what_the_renderer_needs() -> None:
    facts = installed()
    assert int(facts["version"].split(".")[0]) >= 18
    assert Path(f"{facts['root']}{facts['module_dir']}/res_agi.so").exists()
    assert Path(f"{facts['root']}{facts['data_dir']}/sounds").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_is_not_root_learns_the_facts_of_a_root_file_system(tmp_path: Path) -> None:
    facts = installed()
    if not facts["root"]:
        pytest.skip("the host has an asterisk of its own")
    root = tmp_path / "asterisk-root"
    for place in ("usr/sbin/asterisk", "usr/share/asterisk/sounds", facts["module_dir"].lstrip("/")):
        (root / place).mkdir(parents=True)
    status = root / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_bytes(Path(facts["root"], "var/lib/dpkg/status").read_bytes())
    (root / ".switchroom-complete").touch()
    script = tmp_path / "install.sh"
    script.write_bytes((CONFIG_DIR / "install.sh").read_bytes())
    tmp_path.chmod(0o755)
    # The folder of the tests is closed to others, as a home is.
    become = [sys.executable, "-m", "cli.run.privileges", "nobody", str(CONFIG_DIR.parent), sys.prefix]
    command = [*become, str(tmp_path), "--", "/bin/bash", str(script), "--facts"]
    done = run(*command, SWITCHROOM_CACHE=str(tmp_path))
    assert f"version={facts['version']}" in done.stdout, done.stderr


def sounds_of(module: ModuleType) -> set[str]:
    """The sounds among a module's constants."""

    def found(value: object) -> Iterator[str]:
        if isinstance(value, str) and value.startswith(("vm-", "pm-", "switchroom/")):
            yield value
        elif isinstance(value, dict):
            yield from found(tuple(value.values()))
        elif isinstance(value, tuple):
            for part in value:
                yield from found(part)

    return set(found(tuple(value for name, value in vars(module).items() if name.isupper())))


def test_every_sound_that_is_played_without_being_chosen_is_in_the_library(library: Path) -> None:
    defaults = [kind.settings.values() for kind in BLOCK_TYPES.values()]
    found = [one.default for settings in defaults for one in settings if one.check is checks.sounds]
    chosen = {name for default in found for name in (default if isinstance(default, list) else [default])}
    fallback = cast(tuple[str, ...], AsteriskInstance.__dataclass_fields__["fallback_sounds"].default)
    assert "pm-invalid-option" in chosen
    outside = {NOT_ALLOWED_SOUND, LIMIT_SOUND, "switchroom/outside-failed"}
    names = {
        NOTICE_SOUND,
        UNKNOWN_SOUND,
        GOODBYE_SOUND,
        SORRY_SOUND,
        INTRO,
        *fallback,
        *outside,
        *(chosen - {None}),
    }
    names |= {*CHOOSE, *NO_MATCH, *NO_MORE, *CONFIRMED, *INVALID, "extension"}
    names |= {sound for module in (login, messages, new_pin, spoken) for sound in sounds_of(module)}
    assert {"vm-tocallback", "switchroom/mailbox-menu", "vm-rec-unv"} <= names
    assert [name for name in sorted(names) if not (library / f"{name}.wav").exists()] == []


def test_our_sounds_have_the_form_that_needs_no_transcoding() -> None:
    sounds = sorted(OURS.glob("*.wav"))
    assert [sound.stem for sound in sounds] == [
        *("call-recorded", "leave-message", "mailbox-menu", "mailbox-options", "moment", "not-available"),
        *("outside-failed", "outside-limit", "outside-not-allowed"),
    ]
    for sound in sounds:
        with wave.open(str(sound)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            seconds = file.getnframes() / 8000
        if sound.stem == "moment":
            assert (seconds, wav_level(sound)) == (0.02, 0)
        else:
            assert 1 < seconds < 13
            assert wav_level(sound) > 1000


def test_the_installer_brings_our_sounds_up_to_date_and_keeps_the_operators(
    library: Path, tmp_path: Path
) -> None:
    ours, theirs = OURS / "call-recorded.wav", OURS / "leave-message.wav"
    place = tmp_path / "switchroom"
    place.mkdir()

    def install() -> str:  # where the machine's own library is not changed
        script = f"mount --bind {place} {library / 'switchroom'} && exec {CONFIG_DIR / 'install.sh'}"
        done = run("unshare", "--mount", "--propagation", "private", "bash", "-c", script)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert install().count("installing the sound") == len(list(OURS.glob("*.wav")))
    assert "installing the sound" not in install()
    for folder in (place, place / ".as-installed"):  # as if installed by a version before this
        (folder / ours.name).write_bytes(b"old")
    (place / theirs.name).write_bytes(b"a voice of their own")
    assert install().count("installing the sound") == 1
    assert (place / ours.name).read_bytes() == ours.read_bytes()
    assert (place / theirs.name).read_bytes() == b"a voice of their own"


def test_a_half_made_root_file_system_does_not_count(tmp_path: Path) -> None:
    if not installed()["root"]:
        pytest.skip("the host has an asterisk of its own")
    (tmp_path / "asterisk-root" / "usr" / "sbin").mkdir(parents=True)
    done = run(str(CONFIG_DIR / "install.sh"), "--facts", SWITCHROOM_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert "remedy: run asterisk-config/install.sh as root" in done.stderr


def test_the_launcher_follows_no_link_of_the_user_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    """The user may put a link in the place of the folder: root would give away what the link leads to."""
    victim = tmp_path / "victim"
    for name in ("etc", "lib", "log", "run", "spool"):
        (victim / name).mkdir(parents=True)
    (victim / "etc" / "asterisk.conf").touch()
    before = {path: (path.stat().st_uid, path.stat().st_mode) for path in victim.rglob("*")}
    (tmp_path / "asterisk-a").symlink_to(victim)
    done = run(str(CONFIG_DIR / "run.sh"), str(tmp_path / "asterisk-a"))
    assert (done.returncode, "is a link" in done.stderr) == (2, True)
    assert {path: (path.stat().st_uid, path.stat().st_mode) for path in victim.rglob("*")} == before


def test_the_launcher_refuses_a_folder_that_is_not_rendered(tmp_path: Path) -> None:
    done = run(str(CONFIG_DIR / "run.sh"), str(tmp_path))
    assert done.returncode == 2
    assert "is not rendered" in done.stderr
