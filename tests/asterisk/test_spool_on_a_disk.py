"""An operator gives the spool a disk of its own, so that a full one stops recordings only."""

import subprocess
from pathlib import Path

import pytest

from tests.support.sip.asterisk import new_asterisk

pytestmark = pytest.mark.pbx


def test_asterisk_writes_to_the_disk_that_is_mounted_in_its_folder(tmp_path: Path) -> None:
    server = new_asterisk(tmp_path, "a")
    spool = server.spool
    spool.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(spool)], check=True)
    try:
        server.start()
        (spool / "mark").touch()
        pid = int((server.instance.home / "run/asterisk.pid").read_text())
        inside = Path(f"/proc/{pid}/root/mnt")
        assert (inside / "spool/mark").exists()
        assert (inside / "spool/recordings").is_dir()
        for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines():
            place, options = line.split()[4:6]
            if place == "/mnt" or place.startswith("/mnt/"):
                assert {"nosuid", "nodev", "noexec"} <= set(options.split(",")), line
        assert "/mnt/spool " in Path(f"/proc/{pid}/mountinfo").read_text()
    finally:
        server.stop()
        subprocess.run(["umount", "-l", str(spool)], check=True)
