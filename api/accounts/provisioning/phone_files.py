"""What desk phones read to sign in: a file in each vendor's own form.

The names of the settings are those of the vendors' administration guides: Yealink "Auto Provisioning Guide" (`.cfg`),
Snom "Auto Provisioning" (XML), Grandstream "SIP Device Provisioning Guide" (P-values in XML), Poly "UC Software
Administrator Guide" (a master file that names the others, and `polycomConfig`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

VOICEMAIL_CODE = "*97"


class Vendor(StrEnum):
    YEALINK = "yealink"
    SNOM = "snom"
    GRANDSTREAM = "grandstream"
    POLYCOM = "polycom"


class Transport(StrEnum):
    UDP = "udp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Account:
    """The SIP account that the phone signs in with. `name` is one line of text."""

    username: str
    secret: str
    host: str
    port: int
    transport: Transport
    extension: str
    name: str
    srtp: bool
    """Whether the phone must encrypt what is said; else it may, with TLS."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a vendor's phones ask for. `write` has a writer for each kind of file, by the end of its name.

    `first`: the file that people name to the phone. A phone puts its own MAC address in front of the others' names.
    """

    first: str
    media_type: str
    write: Mapping[str, Callable[[Account], str]]


def yealink(account: Account) -> str:
    transport = {Transport.UDP: 0, Transport.TLS: 2}[account.transport]
    values = {
        "account.1.enable": 1,
        "account.1.label": f"{account.extension} {account.name}",
        "account.1.display_name": account.name,
        "account.1.auth_name": account.username,
        "account.1.user_name": account.username,
        "account.1.password": account.secret,
        "account.1.sip_server.1.address": account.host,
        "account.1.sip_server.1.port": account.port,
        "account.1.sip_server.1.transport_type": transport,
        "account.1.srtp_encryption": _srtp(account),
        "account.1.subscribe_mwi": 0,
        "voice_mail.number.1": VOICEMAIL_CODE,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f"#!version:1.0.0.1\n{lines}"


def snom(account: Account) -> str:
    values = {
        "user_active": "on",
        "user_realname": account.name,
        "user_idle_text": f"{account.extension} {account.name}",
        "user_name": account.username,
        "user_pname": account.username,
        "user_pass": account.secret,
        "user_host": account.host,
        "user_outbound": f"{account.host}:{account.port};transport={account.transport.value}",
        "user_mailbox": VOICEMAIL_CODE,
        "user_srtp": "on" if _srtp(account) else "off",
        "user_savp": ("off", "optional", "mandatory")[_srtp(account)],
    }
    rows = "".join(
        f'    <{name} idx="1" perm="RW">{escape(value)}</{name}>\n' for name, value in values.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<settings>\n'
        f'  <phone-settings e="2">\n{rows}  </phone-settings>\n</settings>\n'
    )


def grandstream(account: Account) -> str:
    values = {
        "P271": "1",  # the account is active
        "P270": f"{account.extension} {account.name}",
        "P3": account.name,
        "P47": f"{account.host}:{account.port}",
        "P35": account.username,
        "P36": account.username,
        "P34": account.secret,
        "P130": {Transport.UDP: "0", Transport.TLS: "2"}[account.transport],
        "P183": ("0", "1", "2")[_srtp(account)],
        "P33": VOICEMAIL_CODE,
        "P99": "0",  # asks for no message-waiting: it is sent
    }
    rows = "".join(f"    <{name}>{escape(value)}</{name}>\n" for name, value in values.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<gs_provision version="1">\n'
        f'  <config version="1">\n{rows}  </config>\n</gs_provision>\n'
    )


def polycom_master(_: Account) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        '<APPLICATION APP_FILE_PATH="" CONFIG_FILES="phone.cfg" MISC_FILES="" LOG_FILE_DIRECTORY=""/>\n'
    )


def polycom(account: Account) -> str:
    values = {
        "reg.1.address": account.username,
        "reg.1.auth.userId": account.username,
        "reg.1.auth.password": account.secret,
        "reg.1.displayName": account.name,
        "reg.1.label": account.extension,
        "reg.1.server.1.address": account.host,
        "reg.1.server.1.port": str(account.port),
        "reg.1.server.1.transport": {Transport.UDP: "UDPOnly", Transport.TLS: "TLS"}[account.transport],
        "msg.mwi.1.callBackMode": "contact",
        "msg.mwi.1.callBack": VOICEMAIL_CODE,
        "sec.srtp.enable": "1" if _srtp(account) else "0",
        "sec.srtp.offer": "1" if _srtp(account) else "0",
        "sec.srtp.require": "1" if account.srtp else "0",
    }
    rows = "\n".join(f"    {name}={quoteattr(value)}" for name, value in values.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}\n<polycomConfig>\n  <all\n{rows}/>\n</polycomConfig>\n"


def _srtp(account: Account) -> int:
    """Return 0 for plain audio, 1 for encrypted if the other side can, 2 for encrypted only."""
    if account.srtp:
        return 2
    return 1 if account.transport is Transport.TLS else 0


FILES: Mapping[Vendor, Files] = {
    Vendor.YEALINK: Files("", "text/plain", {".cfg": yealink}),
    Vendor.SNOM: Files("snom.xml", "application/xml", {".xml": snom, ".htm": snom}),
    Vendor.GRANDSTREAM: Files("", "application/xml", {".xml": grandstream}),
    Vendor.POLYCOM: Files("", "application/xml", {"phone.cfg": polycom, ".cfg": polycom_master}),
}


def written(vendor: Vendor, filename: str, account: Account) -> tuple[str, bool] | None:
    """Return the file, and whether it has the password. None: the vendor's phones need no file of this name.

    Yealink phones first ask for the file of their model (`y000000000028.cfg`), which we do not have.
    """
    if vendor is Vendor.YEALINK and filename.startswith("y0"):
        return None
    for end, write in FILES[vendor].write.items():
        if filename.lower().endswith(end):
            return write(account), write is not polycom_master
    return None
