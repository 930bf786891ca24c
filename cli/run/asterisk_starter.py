"""The one part that stays root: it starts Asterisk for an unprivileged supervisor, which connects to its socket.

A connection is a run of Asterisk. The client sends its standard output with the connection. One byte asks for a clean
end; a connection that breaks kills Asterisk. When Asterisk ends, the client gets its exit status. Nothing that the
client sends chooses what is started: the command is fixed by whoever starts this.

`python -m cli.run.asterisk_starter SOCKET USER COMMAND...` serves, as root. `python -m cli.run.asterisk_starter SOCKET`
is the client, which supervisord starts. Only the standard library is loaded.
"""

import os
import pwd
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

STARTER = "SWITCHROOM_ASTERISK_STARTER"
"""The variable that names the socket to the programs of the run. Without it, `run.sh` is started by sudo."""
STOP_SECONDS = 20.0
OUTPUT_SECONDS = 5.0
"""How long a client may take to send its output. Meanwhile nobody else is served."""
_STOP = b"."


def listen(path: Path, user: str) -> socket.socket:
    """Return a listening socket at `path` that only `user` and root can connect to.

    Ends the process if another starter listens there: its run goes on.
    """
    if _is_taken(path):
        raise SystemExit(f"another starter of Asterisk listens at {path}")
    with suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    account = pwd.getpwnam(user)
    os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    listener.listen(1)
    return listener


def _is_taken(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def serve(listener: socket.socket, user: str, command: Sequence[str]) -> None:
    """Run `command` for one client after the other. Returns when standard input, a pipe, ends, or after SIGTERM."""
    watched = {listener.fileno()} | ({0} if _is_pipe(0) else set())
    stop, stopping = socket.socketpair()
    signal.signal(signal.SIGTERM, lambda *_: stop.send(_STOP))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends = (watched - {listener.fileno()}) | {stopping.fileno()}
    while not ends & set(_readable(watched | ends)):
        connection, _ = listener.accept()
        with connection:
            if _is_ours(connection, user):
                _run(connection, command, ends)


def _run(connection: socket.socket, command: Sequence[str], ends: set[int]) -> None:
    try:
        connection.settimeout(OUTPUT_SECONDS)
        _, (output, *_), _, _ = socket.recv_fds(connection, 1, 1)
        connection.settimeout(None)
    except (ValueError, OSError):
        return
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
    os.close(output)
    ended = os.pidfd_open(process.pid)
    try:
        if ended not in (told := set(_readable({connection.fileno(), ended} | ends))):
            clean = bool(told & ends) or _asks_for_an_end(connection)
            process.send_signal(signal.SIGTERM if clean else signal.SIGKILL)
            if not _readable({ended}, STOP_SECONDS):
                process.kill()
        with suppress(OSError):
            connection.send(struct.pack("i", process.wait()))
    finally:
        os.close(ended)


def _asks_for_an_end(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == _STOP
    except OSError:
        return False


def _readable(descriptors: set[int], seconds: float | None = None) -> list[int]:
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(None if seconds is None else seconds * 1000)]


def _is_ours(connection: socket.socket, user: str) -> bool:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return uid in (0, pwd.getpwnam(user).pw_uid)


def _is_pipe(descriptor: int) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").is_fifo()
    except OSError:
        return False


def ask(path: str) -> int:
    """Have Asterisk started, and stay until it ends. SIGTERM ends it. Returns its exit status."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)

    def stop(_number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):
            connection.send(_STOP)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    socket.send_fds(connection, [_STOP], [1])
    answer = connection.recv(struct.calcsize("i"))
    status = struct.unpack("i", answer)[0] if answer else 1
    return status if status >= 0 else 128 - status


def main(arguments: Sequence[str]) -> int:
    path, *rest = arguments
    if not rest:
        return ask(path)
    user, *command = rest
    serve(listen(Path(path), user), user, command)
    Path(path).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
