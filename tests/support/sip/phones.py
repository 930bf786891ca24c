"""SIP callers and agents' phones for tests, made of SIPp."""

from datetime import datetime
from pathlib import Path

from tests.support.servers import Running, wait_until
from tests.support.sip.asterisk import CALLERS, AsteriskServer
from tests.support.sip.audio import digit_capture, speech_capture, tone_capture
from tests.support.sip.ports import free_port, free_range, is_bound
from tests.support.sip.realtime import Account
from tests.support.sip.sipp import Result, Sipp


def moment(event: list[str]) -> float:
    """Return when SIPp logged the event `[phone, call, date, time]`, in POSIX seconds of its own clock."""
    return datetime.fromisoformat(" ".join(event[2:4])[:26]).timestamp()


class Caller(Sipp):
    """One or many callers on the test trunk who dial `number`.

    `digits` are (seconds to wait, digit), pressed one after the other (RFC 4733). `hang_up` is the number of
    seconds after the answer and the digits until the caller hangs up. With None, the caller waits at most `wait`
    seconds for the other side's BYE. `expect` is the final response. `calls` calls are made, `rate` a second. The
    callers send a tone for `audio_seconds`, then silence for `quiet_seconds`, then nothing. With `says`, they
    speak instead: it is (seconds after the answer, WAV file). `headers` are more lines of the INVITE. `uri` is the
    request URI, by default a SIP URI of `number`. At most `at_once` calls run at the same time, by default all. With
    `may_be_refused`, a 503 is a call that went well too; it is logged as `refused`.
    """

    def __init__(
        self,
        folder: Path,
        asterisk: AsteriskServer,
        number: str,
        *,
        caller: str = "+14165550123",
        name: str = "Caller",
        digits: tuple[tuple[float, str], ...] = (),
        hang_up: float | None = None,
        wait: float = 60,
        expect: int = 200,
        answer: float = 30,
        calls: int = 1,
        rate: float = 10,
        audio_seconds: float = 0,
        quiet_seconds: float = 0,
        says: tuple[float, Path] | None = None,
        address: str = CALLERS,
        headers: tuple[str, ...] = (),
        uri: str = "",
        at_once: int | None = None,
        may_be_refused: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        audio = None
        if audio_seconds:
            audio = tone_capture(folder / "tone.pcap", audio_seconds, quiet=quiet_seconds)
        if says is not None:
            audio = speech_capture(folder / "speech.pcap", says[1], after=says[0])
        values = {
            "number": number,
            "uri": uri or f"sip:{number}@[remote_ip]:[remote_port]",
            "caller": caller,
            "name": name,
            "headers": headers,
            "digits": [
                (int(after * 1000), digit_capture(folder / f"digit-{place}.pcap", digit, place))
                for place, (after, digit) in enumerate(digits)
            ],
            "hang_up_ms": None if hang_up is None else int(hang_up * 1000),
            "wait_ms": int(wait * 1000),
            "answer_ms": int(answer * 1000),
            "expect": expect,
            "may_be_refused": may_be_refused,
            "audio": audio,
        }
        concurrent = at_once or calls
        media, _ = free_range(min(4000, 2 * concurrent + 2))
        super().__init__(
            folder,
            "caller",
            values,
            (asterisk.instance.sip_bind, asterisk.sip_port),
            *(
                "-m",
                str(calls),
                "-r",
                f"{rate * 10:.0f}",
                "-rp",
                "10000",
                "-l",
                str(concurrent),
                "-max_socket",
                "8192",
            ),
            address=address,
            media_port=media,
        )


class AgentPhones(Running):
    """Phones of any number of agents behind one socket. They register, then answer as told.

    The phones ring for `ring` seconds before the answer. With 0 they answer at once, without a 180. They hang up
    `talk` seconds after the answer, unless the other side hangs up earlier. `reject` is a status with which every
    call is refused, and `moved_to` the user that a 302 names. With `never_answer` the phones only ring.
    `events(kind)` has what happened. The kinds are invite, answered, ended (by the other side), hangup (by the
    phone), rejected and cancelled.
    """

    def __init__(
        self,
        folder: Path,
        asterisk: AsteriskServer,
        accounts: list[Account],
        *,
        ring: float = 0.2,
        talk: float = 3600,
        reject: int | None = None,
        moved_to: str = "agent",
        never_answer: bool = False,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """`port`: from which the telephones register; 0: any that is free."""
        self.folder = folder
        self.asterisk = asterisk
        self.accounts = accounts
        self.port = port or free_port()
        self.address = address
        values = {
            "ring_ms": int(ring * 1000),
            "talk_ms": int(talk * 1000),
            "reject": reject,
            "contact": moved_to,
            "never_answer": never_answer,
        }
        target = (asterisk.instance.sip_bind, asterisk.sip_port)
        self.phones = Sipp(
            folder / "phones",
            "agents",
            values,
            target,
            *("-rtp_echo", "-aa", "-max_socket", "8192"),
            address=address,
            port=self.port,
        )

    def register(self, *, expect: int = 200, password: str | None = None, expires: int = 3600) -> Result:
        """Register every account from the phones' port, before `start` or after `stop`: running phones have the port.
        With `expect=401`, wrong passwords are accepted."""
        if self.phones.running:
            raise RuntimeError(f"the phones in {self.folder} run, and have the port {self.port}")
        folder = self.folder / "register"
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["SEQUENTIAL"]
        for account in self.accounts:
            secret = account.password if password is None else password
            lines.append(f"{account.phone};[authentication username={account.phone} password={secret}]")
        (folder / "accounts.csv").write_text("\n".join(lines) + "\n")
        run = Sipp(
            folder,
            "register",
            {"expect": expect, "expires": expires},
            (self.asterisk.instance.sip_bind, self.asterisk.sip_port),
            *(
                "-inf",
                str(folder / "accounts.csv"),
                "-m",
                str(len(self.accounts)),
                "-r",
                "100",
                "-l",
                "10",
                "-aa",
            ),
            address=self.address,
            port=self.port,
        )
        run.start()
        return run.wait(10 + len(self.accounts) / 10)

    def start(self) -> None:
        """Register, then be ready for calls."""
        result = self.register()
        if result.exit_code != 0:
            raise RuntimeError(f"agents' phones could not register: {result}")
        self.phones.start()
        wait_until(self._listens, f"start of SIPp in {self.folder}", 10)

    def _listens(self) -> bool:
        process = self.phones.process
        assert process is not None
        if process.poll() is not None:
            raise RuntimeError(f"agents' phones ended: {self.phones.result(process.returncode)}")
        return is_bound(self.port)

    def stop(self) -> None:
        """Stop at once and unregister, so that no later test rings these phones."""
        self.phones.stop()
        if self.asterisk.process.process is not None:
            self.register(expires=0)

    def events(self, kind: str) -> list[list[str]]:
        """Return `[phone, call, date, time]` of each event of this kind so far."""
        return self.phones.messages(kind)

    def wait_for(self, kind: str, count: int = 1, seconds: float = 20) -> list[list[str]]:
        return self.phones.wait_for(kind, count, seconds)


class OutsideLine(Running):
    """The far end of a trunk: a provider at `address`:`port` that takes every call to any number.

    Options and events are those of `AgentPhones`. The dialled number takes the place of the phone. Without `echo`
    the line sends no audio.
    """

    def __init__(
        self,
        folder: Path,
        asterisk: AsteriskServer,
        address: str,
        port: int,
        *,
        ring: float = 0.2,
        talk: float = 3600,
        reject: int | None = None,
        moved_to: str = "agent",
        never_answer: bool = False,
        echo: bool = True,
    ) -> None:
        values = {
            "ring_ms": int(ring * 1000),
            "talk_ms": int(talk * 1000),
            "reject": reject,
            "contact": moved_to,
            "never_answer": never_answer,
        }
        sound = ["-rtp_echo"] if echo else []
        target = (asterisk.instance.sip_bind, asterisk.sip_port)
        self.sipp = Sipp(folder, "agents", values, target, *sound, "-aa", address=address, port=port)

    def start(self) -> None:
        self.sipp.start()
        wait_until(lambda: is_bound(self.sipp.port), f"start of SIPp in {self.sipp.folder}", 10)

    def stop(self) -> None:
        self.sipp.stop()

    def events(self, kind: str) -> list[list[str]]:
        return self.sipp.messages(kind)

    def wait_for(self, kind: str, count: int = 1, seconds: float = 20) -> list[list[str]]:
        return self.sipp.wait_for(kind, count, seconds)
