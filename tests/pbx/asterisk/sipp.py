"""Scripted SIP parties of these tests: SIPp as a caller from the trunk and as agents' phones."""

import subprocess
import time
from pathlib import Path

from tests.pbx.asterisk.private_asterisk import PrivateAsterisk, free_port

SDP = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""

HEAD = '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{name}">\n'
OPTIONAL = '<recv response="{code}" optional="true"/>\n'
REPLY = """<send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:x@127.0.0.1:[local_port]>
{body}
]]></send>
"""
WITH_SDP = "Content-Type: application/sdp\nContent-Length: [len]\n\n" + SDP
NO_BODY = "Content-Length: 0\n"
ACK_REPLY = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""
REQUEST = """<send {attributes}><![CDATA[
{method} sip:{number}@127.0.0.1:[remote_port] SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:[local_port];branch=[branch]
Max-Forwards: 70
From: "Test Caller" <sip:{caller}@127.0.0.1:[local_port]>;tag=c[call_number]
To: <sip:{number}@127.0.0.1:[remote_port]>{to_tag}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:x@127.0.0.1:[local_port]>
X-Trunk: yes
{body}
]]></send>
"""
BYE_FROM_PHONE = """<send retrans="500"><![CDATA[
BYE sip:x@127.0.0.1:[remote_port] SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:[local_port];branch=[branch]
Max-Forwards: 70
[$from]
[$to]
Call-ID: [call_id]
CSeq: 1 BYE
Content-Length: 0

]]></send>
<recv response="200"/>
"""
REGISTER = """<send retrans="500"><![CDATA[
REGISTER sip:127.0.0.1:[remote_port] SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:{phone}@127.0.0.1>;tag=r[call_number]
To: <sip:{phone}@127.0.0.1>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:{phone}@127.0.0.1:{port}>
Expires: {expires}
X-Phone: {phone}
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""


def pause(seconds: float) -> str:
    return f'<pause milliseconds="{int(seconds * 1000)}"/>\n'


class Party:
    """One SIPp process; its scenario ends by itself or with `stop()`."""

    def __init__(self, asterisk: PrivateAsterisk, name: str, scenario: str, port: int) -> None:
        folder = asterisk.folder / "sipp"
        folder.mkdir(exist_ok=True)
        self.port = port
        self._log = folder / f"{name}-{port}.log"
        file = folder / f"{name}-{port}.xml"
        file.write_text(scenario)
        target = f"127.0.0.1:{asterisk.sip_port}"
        media = ["-mp", str(free_port() // 2 * 2)]
        argv = ["sipp", target, "-sf", str(file), "-m", "1", "-i", "127.0.0.1", "-p", str(port), *media]
        argv += ["-nostdin", "-trace_err", "-error_file", str(self._log), "-timeout", "60s"]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    def wait(self, seconds: float = 10) -> int:
        return self.process.wait(seconds)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(5)


def caller(
    asterisk: PrivateAsterisk,
    number: str = "+14165550100",
    *,
    hang_up_after: float | None = None,
    digits: dict[float, str] | None = None,
    audio: Path | None = None,
) -> Party:
    """Calls, and when answered sends `digits` ({seconds later: digit}), then hangs up or waits for the BYE."""
    common = {"number": number, "caller": "+14165550199"}
    parts = [HEAD.format(name="caller")]
    invite = {"method": "INVITE", "to_tag": "", "cseq": 1, "body": WITH_SDP, "attributes": 'retrans="500"'}
    parts.append(REQUEST.format(**common, **invite))
    parts += [OPTIONAL.format(code=code) for code in (100, 180, 183)]
    parts.append('<recv response="200" rtd="true"/>\n')
    in_dialog = {"to_tag": "[peer_tag_param]", "body": NO_BODY}
    parts.append(REQUEST.format(**common, **in_dialog, method="ACK", cseq=1, attributes=""))
    if audio is not None:
        parts.append(f'<nop><action><exec rtp_stream="{audio},-1,0"/></action></nop>\n')
    cseq = 1
    for after, digit in (digits or {}).items():
        cseq += 1
        signal = f"Signal={digit}\nDuration=160\n"
        body = f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\n{signal}"
        info = {"to_tag": "[peer_tag_param]", "body": body, "cseq": cseq, "attributes": 'retrans="500"'}
        parts.append(pause(after) + REQUEST.format(**common, **info, method="INFO"))
        parts.append('<recv response="200"/>\n')
    if hang_up_after is None:
        parts.append('<recv request="BYE"/>\n' + ACK_REPLY)
    else:
        bye = REQUEST.format(**common, **in_dialog, method="BYE", cseq=cseq + 1, attributes='retrans="500"')
        parts.append(pause(hang_up_after) + bye + '<recv response="200"/>\n')
    return Party(asterisk, "caller", "".join(parts) + "</scenario>\n", free_port())


def phone(
    asterisk: PrivateAsterisk,
    name: str,
    *,
    answer_after: float | None = 0.3,
    refuse: str | None = None,
    hang_up_after: float | None = None,
    ring: bool = True,
) -> Party:
    """Registers `name`; then answers one call, or refuses it with a status line, or rings until it is cancelled."""
    headers = (
        '<recv request="INVITE"><action>\n'
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/>\n'
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>\n'
        "</action></recv>\n"
    )
    parts = [HEAD.format(name="phone"), headers]
    if ring:
        parts.append(REPLY.format(status="180 Ringing", body=NO_BODY))
    if refuse is not None:
        parts += [pause(0.2), REPLY.format(status=refuse, body=NO_BODY), '<recv request="ACK"/>\n']
    elif answer_after is None:
        cancelled = REPLY.format(status="487 Request Terminated", body=NO_BODY).replace("[last_CSeq:]", "CSeq: [cseq] INVITE")
        parts += ['<recv request="CANCEL"/>\n', ACK_REPLY, cancelled, '<recv request="ACK"/>\n']
    else:
        parts += [pause(answer_after), REPLY.format(status="200 OK", body=WITH_SDP), '<recv request="ACK"/>\n']
        if hang_up_after is None:
            parts += ['<recv request="BYE"/>\n', ACK_REPLY]
        else:
            bye = BYE_FROM_PHONE.replace("[$from]", "From:[$2];tag=[call_number]").replace("[$to]", "To:[$1]")
            parts += [pause(hang_up_after), bye]
        parts[1] = headers
    port = free_port()
    scenario = "".join(parts) + "</scenario>\n"
    if "[$1]" not in scenario:
        scenario = scenario.replace("</scenario>", '<Reference variables="1,2"/></scenario>')
    party = Party(asterisk, name, scenario, port)
    register(asterisk, name, port)
    return party


def register(asterisk: PrivateAsterisk, name: str, port: int, expires: int = 300) -> None:
    """Registers the contact `127.0.0.1:port`, or with `expires=0` takes it back."""
    scenario = HEAD.format(name="register") + REGISTER.format(phone=name, port=port, expires=expires)
    attempt = Party(asterisk, f"register-{name}", scenario, free_port())
    assert attempt.wait() == 0, f"{name} could not register"


def wait_until(condition: object, seconds: float = 10) -> None:
    """Waits for `condition()` to be true, in a thread-free script."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "deadline passed"
        time.sleep(0.02)
