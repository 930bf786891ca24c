"""`switchroom run`, from its start to Ctrl-C. Only one run at a time; all its programs end with it."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from rich.console import Console

from cli.errors import RunError
from cli.run import environment, health, limits, ports, privileges
from cli.run.asterisk_config import (
    AsteriskError,
    AsteriskInstance,
    PeerNode,
    Trunk,
    facts_for,
    installed,
    render,
)
from cli.run.card import card
from cli.run.demo_team import seed
from cli.run.supervisor import Supervisor, asterisk_home
from switchroom.database import upgrade
from switchroom.settings import Settings, SipTrunk, get_settings

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Ctrl-C, or another signal that asks to end."""


def run(console: Console, *, demo: bool = True) -> int:
    """Start everything and stay until a signal or a failure. Returns the exit code. Root runs it as another user."""
    os.umask(0o077)
    try:
        files = limits.raise_open_files()
    except RunError as error:
        return _not_started(console, error)
    if files < limits.OPEN_FILES:
        console.print(f"[dim]==>[/] Open files: at most {files}; Asterisk's log says for how many calls")
    if user := privileges.user_to_become():
        try:
            return privileges.run_as(user, [] if demo else ["--no-demo"])
        except (RunError, AsteriskError) as error:
            return _not_started(console, error)
    if environment.ensure():
        console.print(f"[dim]==>[/] Secrets and ports of this machine: made {environment.PATH}")
    if environment.ensure_redis_password():
        console.print(f"[dim]==>[/] Redis: its password is added to {environment.PATH}")
    if environment.ensure_vapid_key():
        console.print(f"[dim]==>[/] Web Push: its key is added to {environment.PATH}")
    if environment.ensure_ws_port():
        console.print(f"[dim]==>[/] Browser phones: their port is added to {environment.PATH}")
    settings = get_settings()
    try:
        with _only_one(settings.var_dir), _stop_on_signals():
            _run(console, settings, demo=demo)
    except RunError as error:
        return _not_started(console, error)
    except StopRequested:
        return 0
    return 1


def _not_started(console: Console, error: Exception) -> int:
    console.print(f"\n[bold red]Not started[/]: {error}", highlight=False, markup=True)
    return 1


def _run(console: Console, settings: Settings, *, demo: bool) -> None:
    def tell(text: str) -> None:
        console.print(f"[dim]==>[/] {text}", highlight=False)

    if settings.environment == "production" and os.geteuid() == 0:
        raise RunError(
            "production does not run as root",
            "name an unprivileged user in SWITCHROOM_RUN_USER, or name none",
        )
    ports.require_free(ports.ports_of(settings))
    instance = asterisk_instance(settings)
    render(instance)
    tell(f"Asterisk {'.'.join(map(str, instance.version))}: configured in {instance.home}")
    upgrade(settings.database_url)
    tell("Database: schema is the newest")
    supervisor = Supervisor(settings.model_copy(update={"sounds_dir": settings.sounds_dir or _sounds()}))
    try:
        tell("Starting every part (logs in var/log)")
        health.wait_for_api(supervisor, settings)
        supervisor.start("asterisk")
        health.wait_for_all(supervisor, health.probes(settings), lambda text: tell("  " + text))
        if demo:
            facts = seed(settings, environment.demo_password())
            tell("Demo team: ready; var/demo.json holds the facts below")
            console.print(card(facts, settings))
        tell("Running. Ctrl-C stops everything.")
        supervisor.wait()
        supervisor.require_alive()
    finally:
        _ignore_signals()
        tell("Stopping every part")
        if supervisor.stop():
            tell("All stopped")
        else:
            tell("supervisord did not end in time and was killed")


def asterisk_instance(settings: Settings) -> AsteriskInstance:
    """Describe this machine's Asterisk node, from the settings and the installed Asterisk.

    In development, callers on this machine may call the demo numbers. Softphones call from 127.0.0.1. Agents' phones
    are there too, so Asterisk looks the user name up first. Test callers call from 127.0.0.2, which identifies them.
    """
    node = settings.this_node
    bind = ports.sip_bind(settings)
    trunks = [_trunk(trunk) for trunk in settings.trunks]
    local = settings.environment == "development"
    if local:
        trunks.append(Trunk(name="local", addresses=("127.0.0.2",)))
    return AsteriskInstance(
        name=node.name,
        home=asterisk_home(settings),
        ami_secret=node.ami_secret.get_secret_value(),
        ami_port=node.ami_port,
        ami_bind=settings.ami_bind,
        ami_permit=tuple(settings.ami_permit),
        ami_username=node.ami_username,
        sip_port=settings.sip_port,
        sip_bind=bind,
        ipv6_bind=str(settings.sip_ipv6_bind),
        tcp_port=settings.sip_tcp_port or None,
        tls_port=settings.sip_tls_port or None,
        ws_port=settings.sip_ws_port or None,
        wss_port=settings.sip_wss_port or None,
        tls_certificate=settings.sip_tls_certificate,
        tls_key=settings.sip_tls_key,
        external_address=settings.sip_external_address,
        rtp_start=settings.rtp_start,
        rtp_end=settings.rtp_end,
        rtp_timeout=settings.rtp_timeout,
        api_url=settings.node_api_url or ports.local_url(settings.private_host, settings.private_port),
        node_secret=settings.node_secret.get_secret_value(),
        trunks=tuple(trunks),
        outbound_trunk=settings.outside_trunk,
        nodes=tuple(
            PeerNode(peer.name, peer.host, peer.port, peer.secret.get_secret_value())
            for peer in settings.peers
        ),
        anonymous_from=("127.0.0.0/8",) if local else (),
        **facts_for(installed()),  # type: ignore[arg-type]
    )


def _sounds() -> Path:
    """Return where the sounds of the installed Asterisk are."""
    facts = installed()
    return Path(f"{facts['root']}{facts['data_dir']}") / "sounds"


def _trunk(trunk: SipTrunk) -> Trunk:
    return Trunk(
        name=trunk.name,
        addresses=tuple(trunk.addresses),
        host=trunk.host,
        username=trunk.username,
        password=trunk.password.get_secret_value(),
        register=trunk.register_,
        codecs=trunk.codecs,
        media_encryption=trunk.media_encryption,
    )


@contextmanager
def _only_one(var: Path) -> Iterator[TextIO]:
    """Hold `var/run.lock`. Raises `RunError` if another run holds it."""
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o700)
    with (var / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise RunError(
                f"it already runs here (process {lock.read().strip() or 'unknown'})",
                "use the running one (its facts are in var/demo.json), or stop it with Ctrl-C there first",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise StopRequested

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    """Ignore a second Ctrl-C while everything stops: it would leave half of the programs running."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
