"""Container entrypoint: render Asterisk's configuration from environment variables, then become Asterisk.

It starts as root, because only root can read some files of the image. Asterisk then changes to the user `asterisk`.

SWITCHROOM_NODE (a), SWITCHROOM_AMI_SECRET, SWITCHROOM_NODE_SECRET, SWITCHROOM_API_URL, SWITCHROOM_AMI_PERMIT
(comma-separated networks that the engine connects from), SWITCHROOM_SIP_PORT (5060), SWITCHROOM_RTP_START and _END
(10000, 10199), SWITCHROOM_EXTERNAL_ADDRESS, SWITCHROOM_TRUNKS and SWITCHROOM_PEERS (JSON lists of Trunk and PeerNode
objects). For browser phones SWITCHROOM_SIP_WSS_PORT, SWITCHROOM_SIP_TLS_CERTIFICATE and SWITCHROOM_SIP_TLS_KEY.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cli.run.asterisk_config import AsteriskInstance, PeerNode, Trunk, render
from cli.run.asterisk_modules import MODULES

HOME = Path("/var/lib/switchroom")
GROUP = "switchroom"
"""It has the same number in the image of our processes: by it the engine and the workers share the spool."""


def module_dir() -> Path:
    return next(Path("/usr/lib").glob("*/asterisk/modules"))


def prune() -> None:
    """Delete the modules that are not on the list. This happens when the image is built."""
    for path in module_dir().glob("*.so"):
        if path.stem not in MODULES:
            path.unlink()


def version() -> tuple[int, int]:
    text = subprocess.run(["asterisk", "-V"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)\.(\d+)", text)
    if match is None:
        raise SystemExit(f"asterisk -V says {text!r}")
    return int(match.group(1)), int(match.group(2))


def instance(environ: dict[str, str]) -> AsteriskInstance:
    """Return the instance that the environment describes."""

    def get(name: str, default: str = "") -> str:
        return environ.get(f"SWITCHROOM_{name}", default)

    if len(get("AMI_SECRET")) < 16:
        raise SystemExit("SWITCHROOM_AMI_SECRET must be set, 16 characters or more")
    trunks = [{**item, "addresses": tuple(item["addresses"])} for item in json.loads(get("TRUNKS", "[]"))]
    return AsteriskInstance(
        name=get("NODE", "a"),
        home=HOME,
        inside=str(HOME),
        ami_secret=get("AMI_SECRET"),
        ami_bind="0.0.0.0",  # noqa: S104 - the container's own network; AMI_PERMIT says who may sign in
        ami_permit=tuple(get("AMI_PERMIT", "127.0.0.1/255.0.0.0").split(",")),
        sip_bind="0.0.0.0",  # noqa: S104 - phones and trunks are outside
        sip_port=int(get("SIP_PORT", "5060")),
        wss_port=int(get("SIP_WSS_PORT", "0")) or None,
        tls_certificate=get("SIP_TLS_CERTIFICATE"),
        tls_key=get("SIP_TLS_KEY"),
        rtp_start=int(get("RTP_START", "10000")),
        rtp_end=int(get("RTP_END", "10199")),
        api_url=get("API_URL") or None,
        node_secret=get("NODE_SECRET"),
        external_address=get("EXTERNAL_ADDRESS"),
        trunks=tuple(Trunk(**item) for item in trunks),
        outbound_trunk=get("OUTBOUND_TRUNK"),
        nodes=tuple(PeerNode(**item) for item in json.loads(get("PEERS", "[]"))),
        version=version(),
        module_dir=str(module_dir()),
    )


def most_calls() -> int:
    """Raise the limit of open files, and return how many calls it suffices for. `run.sh` reckons in the same way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return max(1, (min(soft, 65_536) - 150) // 14) if soft > 0 else 4_670


def main() -> None:
    if sys.argv[1:] == ["--prune"]:
        prune()
        return
    etc = render(instance(dict(os.environ)))
    for folder in ("lib", "log", "run", "spool"):
        for path in [HOME / folder, *(HOME / folder).rglob("*")]:
            shutil.chown(path, "asterisk", GROUP)
            if path.is_dir():
                path.chmod(0o2770)
    for path in [etc, *etc.iterdir()]:
        shutil.chown(path, "root", GROUP)
    shutil.chown(HOME, "asterisk", GROUP)
    secrets = ("SECRET", "TRUNKS", "PEERS")
    kept = {name: value for name, value in os.environ.items() if not any(word in name for word in secrets)}
    arguments = ["asterisk", "-f", "-n", "-U", "asterisk", "-G", GROUP, "-C", str(etc / "asterisk.conf")]
    arguments += ["-M", str(most_calls())]
    os.umask(0o007)
    os.execvpe("asterisk", arguments, kept)  # noqa: S606


if __name__ == "__main__":
    main()
