"""A private Dovecot: an IMAP server whose mailboxes a test fills. It speaks IDLE, and TLS with a certificate."""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.certificates import Certificate
from tests.support.servers import free_port, wait_until

PASSWORD = "p:ss/w@rd"
_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{home}/mail/%u
mail_max_userip_connections = 100
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
imap_capability = {capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
_WITHOUT_IDLE = "IMAP4rev1 SASL-IR LITERAL+"


class Dovecot:
    """The server. Whoever has the password has a mailbox. `user` is an account's name, which is an address."""

    def __init__(self, home: Path, port: int, tls_port: int) -> None:
        self.home, self.port, self.tls_port = home, port, tls_port

    def url(self, user: str, password: str = PASSWORD, *, tls: bool = False) -> str:
        """Return the part of a channel's token that leads here."""
        scheme, port = ("imaps", self.tls_port) if tls else ("imap", self.port)
        return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@localhost:{port}"

    def deliver(self, user: str, *mails: bytes) -> None:
        """Put mails into the user's INBOX."""
        with self._signed_in(user) as imap:
            for mail in mails:
                status, answer = imap.append("INBOX", "", "", mail)
                assert status == "OK", answer

    def flags(self, user: str) -> list[bytes]:
        """Return what is marked on each mail."""
        with self._signed_in(user) as imap:
            imap.select("INBOX", readonly=True)
            found = imap.fetch("1:*", "(FLAGS)")[1]
            return [row for row in found if isinstance(row, bytes)]

    def number_anew(self, user: str) -> None:
        """Forget the numbers of the user's mails: they get others, under another UIDVALIDITY."""
        for path in (self.home / "mail" / user).glob("dovecot*"):
            path.unlink()

    @contextmanager
    def _signed_in(self, user: str) -> Iterator[imaplib.IMAP4]:
        imap = imaplib.IMAP4("localhost", self.port, timeout=10)
        imap.login(user, PASSWORD)
        try:
            yield imap
        finally:
            imap.logout()


@contextmanager
def dovecot(certificate: Certificate | None = None, *, idle: bool = True) -> Iterator[Dovecot]:
    """Run a server. Skips nothing: `make test` installs Dovecot."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        pytest.fail("Dovecot is not installed: `make test` installs it, or run apt-get install dovecot-imapd")
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(owner.pw_gid).gr_name
    server = Dovecot(home, free_port(), free_port())
    for folder in ("run", "state", "mail"):
        (home / folder).mkdir(mode=0o755)
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    home.chmod(0o755)
    text = _CONFIG.format(
        home=home, user=owner.pw_name, password=PASSWORD, group=group, uid=owner.pw_uid, gid=owner.pw_gid,
        port=server.port, tls_port=server.tls_port if certificate else 0, ssl="yes" if certificate else "no",
        capability="" if idle else _WITHOUT_IDLE,
    )  # fmt: skip
    if certificate is not None:
        text += f"ssl_cert = <{certificate.certificate}\nssl_key = <{certificate.key}\n"
    config = home / "dovecot.conf"
    config.write_text(text)
    process = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(server, process, home), "Dovecot to listen")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _answers(server: Dovecot, process: "subprocess.Popen[bytes]", home: Path) -> bool:
    if process.poll() is not None:
        log = home / "log"
        raise RuntimeError(f"Dovecot ended: {log.read_text() if log.exists() else 'no log'}")
    try:
        with imaplib.IMAP4("localhost", server.port, timeout=2):
            return True
    except OSError:
        return False
