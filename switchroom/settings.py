"""The settings of every process: environment variables with the prefix `SWITCHROOM_`.

Read from `var/switchroom.env` (made by `make run`), then `.env`, then the environment; the later one wins.
"""

import logging
import os
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Literal, get_args

from dotenv import dotenv_values
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from switchroom.plain_words import plain_words
from switchroom.vapid import public_key

log = logging.getLogger(__name__)

_FILES = ("var/switchroom.env", ".env")
_OTHERS = frozenset(
    (
        "CACHE",
        "OPEN_FILES",
        "ASTERISK_FACTS",
        "ASTERISK_NAMESPACE",
        "ASTERISK_STARTER",
        "RECORD",
        "TEST_EXAMPLES",
    )
)
"""Variables that the programs around the processes read: Asterisk's starter, the installer, the tests."""

OutboundClass = Literal[
    "fixed", "mobile", "toll-free", "shared-cost", "premium", "voip",
    "personal", "pager", "company", "voicemail", "satellite", "unknown",
]  # fmt: skip
"""`routing.outbound.destinations.DestinationClass`."""
_CLASSES = "|".join(get_args(OutboundClass))
OutboundPlace = Annotated[str, Field(pattern=rf"^((?:[A-Z]{{2}}|001)(?:/(?:{_CLASSES}))?|{_CLASSES})$")]
"""Of what a price is: a class, a country (ISO 3166, or `001` for none), or both: `DE/mobile`."""


class AsteriskNode(BaseModel):
    """One Asterisk that the engine drives. `name` is its `systemname` and stands in every channel's id."""

    name: str = Field(default="a", pattern=r"^[a-z0-9]{1,20}$")
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    ami_username: str = "switchroom"
    ami_secret: SecretStr = SecretStr("")
    ami_tls: bool = False
    spool: str = "/mnt/spool"
    """The node's spool as its Asterisk sees it: the dialplan's `SR_SPOOL`."""
    engine_spool: str = ""
    """The node's spool as the engine reaches it, for spoken texts and what callers say; empty: `spool_dir` if it is
    this machine's node, else not at all."""
    max_calls: int | None = Field(default=None, ge=1)
    """Calls that the node carries at most. Beyond it, and when the engine measures that Asterisk is slow, new calls are
    refused with SIP 503."""


class SipTrunk(BaseModel):
    """A SIP provider, as `cli.run.asterisk_config.Trunk` describes it."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    addresses: list[str]
    host: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    register_: bool = Field(default=False, alias="register")
    codecs: str = "ulaw,alaw"
    media_encryption: Literal["no", "sdes", "dtls"] = "no"


class NodePeer(BaseModel):
    """Another Asterisk node, as `cli.run.asterisk_config.PeerNode` describes it."""

    name: str = Field(pattern=r"^[a-z0-9]{1,20}$")
    host: str
    port: int = 5060
    secret: SecretStr


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SWITCHROOM_",
        env_file=_FILES,
        env_nested_delimiter="__",
        extra="ignore",
    )

    environment: Literal["development", "production"] = "development"
    """`production` refuses to start with settings that are not safe there (docs/operations.md)."""
    var_dir: Path = Path("var")
    """Where everything that a run makes is kept: database, secrets, logs, spool."""
    run_user: str = "switchroom"
    """The user that `switchroom run` becomes if root starts it, made if missing; set in the environment, not a file."""
    secret_key: SecretStr = SecretStr("")
    """Signs access tokens, and encrypts secrets in the database; at least 32 characters. `make run` generates one."""
    earlier_secret_keys: list[SecretStr] = Field(default_factory=list)
    """Earlier values of `secret_key`, as JSON: what they encrypted is read, until `switchroom admin reencrypt` ran."""

    database_url: str = "sqlite:///var/switchroom.db"
    """SQLite (`sqlite:///file`) or PostgreSQL (`postgresql+psycopg://...`)."""
    database_pooler: bool = False
    """Whether `database_url` leads to PgBouncer, or its like, in transaction mode: no statement is prepared then."""
    redis_url: str = "redis://127.0.0.1:6390/0"
    """Redis 6.2 or newer with `appendonly yes` and `maxmemory-policy noeviction`."""
    shard: str = Field(default="main", pattern=r"^[a-z0-9-]{1,40}$")
    """Which teams' engine this is: prefixes the keys in Redis."""

    api_host: str = "127.0.0.1"
    """Address that the api listens on."""
    api_port: int = 8000
    """Port that the api listens on."""
    private_host: str = "127.0.0.1"
    """Address of the private listeners: of `private_port`, `engine_port` and `worker_port`."""
    private_port: int = 8003
    """Port of the api's private listener: `/metrics`, Asterisk's look-ups (`/asterisk/...`) and `/health`."""
    trusted_proxies: list[str] = Field(default=["127.0.0.1", "::1"])
    """Addresses and networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, as JSON."""
    public_url: str = ""
    """How clients reach the api; stands in links that are mailed. Empty: `http://127.0.0.1` with `API_PORT`."""
    cors_origins: list[Annotated[str, Field(pattern=r"^(\*|https?://[^/\s]+)$")]] = Field(
        default_factory=list
    )
    """Origins whose web pages may call the api, as JSON: `["https://desk.example.com"]`; empty: none but its own."""
    node_secret: SecretStr = SecretStr("")
    """HTTP Basic password of Asterisk nodes at `/asterisk/...` (the user is the node's name)."""
    engine_port: int = 8001
    """Port of the engine's own `/health` and `/metrics`, at `private_host`."""
    worker_port: int = 8002
    """Port of the record writer's own `/health` and `/metrics`, at `private_host`."""

    nodes: list[AsteriskNode] = Field(default_factory=lambda: [AsteriskNode()])
    """The Asterisk nodes, as JSON."""
    node: str = "a"
    """The Asterisk node that this machine's worker serves (its spool, its recordings)."""
    spool_dir: Path = Path("var/asterisk-a/spool")
    """The node's spool as the worker sees it: `recordings/`, `voicemail/`, `fallback/`."""
    node_api_url: str = ""
    """The api's private listener as this machine's Asterisk reaches it; empty: on this machine."""
    ami_bind: str = "127.0.0.1"
    """Address that this machine's AMI listens on; the engine's may be another machine."""
    ami_permit: list[str] = Field(default_factory=lambda: ["127.0.0.0/255.0.0.0"])
    """Networks that AMI lets in, as JSON: `["10.0.0.5/255.255.255.255"]`."""
    sip_host: str = "127.0.0.1"
    """SIP address told to agents."""
    sip_port: int = 5060
    """SIP port (UDP) told to agents."""
    sip_external_address: str = ""
    """This machine's public address, if it stands behind NAT."""
    sip_ipv6_bind: Literal[""] | IPv6Address = ""
    """IPv6 address that SIP listens on too, at the same ports: `::` is every one; empty: none."""
    sip_tcp_port: int = 0
    """Port of SIP over TCP; 0: none."""
    sip_tls_port: int = 0
    """Port of SIP over TLS; 0: none."""
    sip_wss_port: int = 0
    """Port of SIP over WebSocket with TLS, for browser phones; 0: none."""
    sip_ws_port: int = 0
    """Port of the same without TLS, on 127.0.0.1 only: for a proxy that has the certificate; 0: none."""
    sip_wss_urls: list[Annotated[str, Field(pattern=r"^wss?://[^\s]+$")]] = Field(default_factory=list)
    """Where browser phones connect, as JSON, if a proxy stands between: `["wss://pbx.example.com/ws"]`; empty: to
    Asterisk itself."""
    ice_servers: list[Annotated[str, Field(pattern=r"^(stuns?|turns?):[^\s]+$")]] = Field(
        default_factory=list
    )
    """STUN and TURN servers of browser phones, as JSON: `["stun:turn.example.com", "turns:turn.example.com:443"]`."""
    turn_secret: SecretStr = SecretStr("")
    """The secret of the TURN servers (coturn: `use-auth-secret`, `static-auth-secret`)."""
    browser_codecs: list[Literal["ulaw", "alaw", "g722", "opus"]] = Field(["ulaw"], min_length=1)
    """Codecs of browser phones, best first, as JSON. `opus` stands a bad network, and Asterisk must convert it."""
    sip_tls_certificate: str = ""
    """The certificate (PEM) as Asterisk sees it: `/mnt/lib/keys/...` is `var/asterisk-<node>/lib/keys/...`."""
    sip_tls_key: str = ""
    """The certificate's key (PEM), likewise."""
    sip_srtp: Literal["offered", "required"] = "offered"
    """Encrypted audio of agents' phones, once SIP has a TLS port. `required`: a phone without it is not served."""
    rtp_start: int = 10000
    """First UDP port of media."""
    rtp_end: int = 19999
    """Last UDP port of media."""
    rtp_timeout: int = Field(default=300, ge=30, le=7200)
    """Seconds without audio from a phone or a trunk after which its call is hung up. Muted phones send none."""
    phone_codecs: list[Literal["ulaw", "alaw", "g722", "opus", "gsm"]] = Field(["ulaw", "alaw"], min_length=1)
    """Codecs of agents' phones, best first, as JSON."""
    trunks: list[SipTrunk] = Field(default_factory=list)
    """SIP providers, as JSON: `[{"name", "addresses", "host", "username", "password", "register"}]`."""
    outbound_trunk: str = ""
    """Name of the trunk that outside calls go over first; empty: the first one with a `host`."""
    outbound: Literal["off", "closed", "own-country"] = "closed"
    """What teams may dial in the telephone network: nothing whatever else is set, what an operator opened for each
    (`switchroom outbound`), or their own country where no operator decided."""
    outbound_classes: list[OutboundClass] = Field(default=["fixed", "mobile", "toll-free"])
    """Classes of destinations that an opened team may dial, where no operator decided, as JSON."""
    outbound_team_per_day: int = Field(default=200, ge=0)
    """Calls that a team may make to the telephone network a day, where no operator decided."""
    outbound_member_per_day: int = Field(default=50, ge=0)
    """The same to the number that one member forwards to."""
    outbound_number_per_day: int = Field(default=100, ge=0)
    """The same of callers who came in by one of the team's numbers."""
    outbound_destination_per_day: int = Field(default=50, ge=0)
    """The same to one destination."""
    outbound_team_at_once: int = Field(default=30, ge=0)
    """Calls that a team may have in the telephone network at the same time, where no operator decided."""
    outbound_member_at_once: int = Field(default=3, ge=0)
    """The same of one member."""
    outbound_team_minutes_per_day: int = Field(default=3000, ge=0)
    """Minutes that a team's calls in the telephone network may talk a day, where no operator decided."""
    outbound_member_minutes_per_day: int = Field(default=600, ge=0)
    """The same of one member."""
    outbound_team_money_per_day: int = Field(default=100, ge=0)
    """What these minutes may cost a day by `outbound_prices`, where no operator decided."""
    outbound_member_money_per_day: int = Field(default=25, ge=0)
    """The same of one member."""
    outbound_prices: dict[OutboundPlace, Annotated[float, Field(ge=0, le=10_000)]] = Field(default={})
    """What a minute costs, by class, country or both, as JSON: `{"mobile": 0.2, "DE": 0.02, "DE/mobile": 0.1}`.
    What has no price costs nothing."""
    outbound_alarm_calls: int = Field(default=20, ge=0)
    """More calls of a team to the telephone network within ten minutes raise an alarm; 0: none does."""
    outbound_night: Annotated[str, Field(pattern=r"^([01]?\d|2[0-3])-([01]?\d|2[0-3])$")] = "22-6"
    """Local hours of the team in which a call to the telephone network raises an alarm; `0-0`: none does."""
    alarm_webhook: str = ""
    """URL that is told of each alarm about calls to the telephone network; empty: none is."""
    peers: list[NodePeer] = Field(default_factory=list)
    """The other Asterisk nodes, as this machine's knows them, as JSON: `[{"name", "host", "port", "secret"}]`."""

    sounds_dir: Path | None = None
    """Asterisk's sounds (`<data_dir>/sounds`) as the api sees them; empty: names of sounds are not checked. `make run`
    finds them itself."""
    music_classes: list[str] = Field(default_factory=lambda: ["default"])
    """Classes of the nodes' `musiconhold.conf` that routes and queues may name, as JSON."""

    s3_endpoint: str = "http://127.0.0.1:9390"
    """S3 endpoint; empty for AWS itself."""
    s3_public_endpoint: str = ""
    """The endpoint as browsers reach it, for presigned URLs; empty: the same."""
    s3_bucket: str = "switchroom"
    """Bucket of recordings, voicemails and files."""
    s3_region: str = "us-east-1"
    """Region of the bucket."""
    s3_access_key: SecretStr = SecretStr("")
    """S3 access key id."""
    s3_secret_key: SecretStr = SecretStr("")
    """S3 secret access key."""

    upload_megabytes: int = Field(default=100, ge=1, le=10_000)
    """How many megabytes (MiB) one uploaded file may have."""
    prompt_megabytes: int = Field(default=30, ge=1, le=1000)
    """How many megabytes (MiB) one uploaded prompt may have."""
    prompt_seconds: float = Field(default=900.0, ge=1.0, le=7200.0)
    """How long one uploaded prompt may be."""

    transcriber: Literal["none", "faster-whisper", "amazon-transcribe", "pocketsphinx"] = "faster-whisper"
    """The engine that transcribes recordings and voicemails."""
    whisper_model: str = "tiny.en"
    """faster-whisper: a packaged model (`tiny.en`, `base`), a folder, or a name that is fetched (`small`)."""
    whisper_threads: int = Field(default=0, ge=0)
    """faster-whisper: how many processors a worker uses; 0: half of the machine's."""
    pocketsphinx_grammar: Path | None = None
    """pocketsphinx: a JSGF grammar file."""
    synthesizer: Literal["none", "hibari", "espeak-ng", "amazon-polly"] = "hibari"
    """The engine that speaks the texts of routes. hibari speaks English; other languages are left to espeak-ng."""
    polly_region: str = "us-east-1"
    """Amazon Polly: the region."""
    polly_endpoint: str = ""
    """Amazon Polly: its base URL; empty for AWS itself."""
    polly_access_key: SecretStr = SecretStr("")
    """Amazon Polly: access key id; empty: from AWS's usual sources."""
    polly_secret_key: SecretStr = SecretStr("")
    """Amazon Polly: secret access key."""
    polly_engine: Literal["standard", "neural"] = "neural"
    """Amazon Polly: the kind of voices."""
    prompt_cache_mb: int = Field(default=200, ge=1)
    """How much of a node's disk spoken texts may take; the least recently played ones are deleted first."""
    upload_cache_mb: int = Field(default=2000, ge=1)
    """How much of a node's disk uploaded prompts may take; the least recently played ones are deleted first."""
    speech_recognizer: Literal["none", "pocketsphinx"] = "none"
    """The engine that recognizes what callers say in menus."""

    translator: Literal["none", "amazon-translate", "libretranslate"] = "none"
    """The service that translates messages of chats."""
    translate_region: str = "us-east-1"
    """Amazon Translate: the region."""
    translate_endpoint: str = ""
    """Amazon Translate: its base URL; empty for AWS itself."""
    translate_access_key: SecretStr = SecretStr("")
    """Amazon Translate: access key id; empty: from AWS's usual sources."""
    translate_secret_key: SecretStr = SecretStr("")
    """Amazon Translate: secret access key."""
    libretranslate_url: str = ""
    """LibreTranslate: its base URL, `https://translate.example.com`."""
    libretranslate_api_key: SecretStr = SecretStr("")
    """LibreTranslate: the key, if it asks for one."""

    integration_redirect_uri: str = ""
    """Where Google and Microsoft send users after their consent, as registered there. Clients may name another one."""
    google_client_id: str = ""
    """Google: the id of the OAuth client, from the Google Cloud console; empty: no Google."""
    google_client_secret: SecretStr = SecretStr("")
    """Google: the secret of the OAuth client."""
    google_oauth_endpoint: str = "https://oauth2.googleapis.com"
    """Google: the base URL of its token endpoint."""
    google_people_endpoint: str = "https://people.googleapis.com"
    """Google: the base URL of its People API."""
    google_calendar_endpoint: str = "https://www.googleapis.com"
    """Google: the base URL of its Calendar API."""
    microsoft_client_id: str = ""
    """Office 365: the id of the application, from the Microsoft Entra admin center; empty: no Office 365."""
    microsoft_client_secret: SecretStr = SecretStr("")
    """Office 365: the secret of the application."""
    microsoft_tenant: str = Field(default="common", pattern=r"^[A-Za-z0-9.-]{1,253}$")
    """Office 365: whose accounts may connect: `common`, `organizations`, `consumers`, or a directory's id or domain."""
    microsoft_login_endpoint: str = "https://login.microsoftonline.com"
    """Office 365: the base URL of its sign-in."""
    graph_endpoint: str = "https://graph.microsoft.com"
    """Office 365: the base URL of Microsoft Graph."""
    exchange_server: str = ""
    """Exchange: the address of the server, `mail.example.com` or the URL of its `exchange.asmx`; empty: no Exchange."""

    fetch_private_addresses: bool = False
    """Whether routes may fetch from, and notify, addresses that are not public; then any admin can reach them."""
    fetch_concurrent: int = Field(default=10, ge=1)
    """How many fetches of a team's calls run at once; one more fails at once."""
    notify_per_minute: int = Field(default=60, ge=1)
    """How many notifications of a team's calls are sent a minute; the others wait."""
    retention_days: int = 0
    """Recordings and voicemails older than this are deleted; 0 keeps them. A team's own setting wins."""

    voicemail_silence_dbfs: float = Field(default=-50.0, ge=-90, le=0)
    """Sound of a voicemail below this level (dBFS) is silence."""
    voicemail_shortest_seconds: float = Field(default=0.5, ge=0)
    """A voicemail with less speech than this is empty, and not listed."""
    voicemail_transcript_wait: float = Field(default=120.0, ge=0, le=86400)
    """Seconds that a new voicemail waits for its transcript, which says whether there are words, to be announced."""
    voicemail_mail_megabytes: float = Field(default=10.0, ge=0, le=100)
    """The largest audio of a voicemail that is attached to a mail."""

    smtp_url: str = ""
    """`smtp://user:password@host:port`; empty: mail is refused with an error and logged as not sent."""
    mail_from: str = "switchroom@localhost"
    """Sender of mails."""

    vapid_private_key: SecretStr = SecretStr("")
    """Web Push: the private key (P-256, base64url) that push services know us by; empty: no Web Push. `make run`
    generates one. Browsers that registered under another key get no pushes any more."""
    vapid_subject: str = ""
    """Web Push: whom push services may write to, `mailto:...` or `https://...`; empty: `mail_from`."""
    fcm_service_account: Path | None = None
    """FCM: the file with the service account's key, from the Firebase console; empty: no FCM."""
    fcm_endpoint: str = "https://fcm.googleapis.com"
    """FCM: the base URL of its HTTP v1 API."""

    inbox_sends_per_minute: int = Field(default=60, ge=1)
    """How many messages of the inbox go out over one channel in a minute; the others wait."""
    inbox_attachment_megabytes: int = Field(default=25, ge=1, le=1000)
    """How many megabytes (MiB) one attachment in the inbox may have; a larger one stays at its source."""
    inbox_mail_megabytes: int = Field(default=40, ge=1, le=1000)
    """How many megabytes (MiB) of one e-mail are read; the rest stays in the mailbox."""
    facebook_app_id: str = ""
    """Facebook: the id of the application, from Meta's app dashboard; empty: no Facebook."""
    facebook_app_secret: SecretStr = SecretStr("")
    """Facebook: the application's secret."""
    facebook_verify_token: SecretStr = SecretStr("")
    """Facebook: the word that the app dashboard sends to `/hooks/facebook` when it is set up there; empty: refused."""
    facebook_endpoint: str = "https://graph.facebook.com/v23.0"
    """Facebook: the base URL of the Graph API, with its version."""
    twilio_endpoint: str = "https://api.twilio.com"
    """Twilio: the base URL of its REST API."""
    twilio_messaging_endpoint: str = "https://messaging.twilio.com"
    """Twilio: the base URL of its Messaging API, which knows the senders of WhatsApp."""

    journal: bool = True
    """Whether the engine journals its events in Redis; without it a restart knows the last snapshot only."""
    spool_bytes: int = Field(default=1_073_741_824, ge=1_048_576)
    """The most bytes that the engine spools to disk while Redis is away; from half of them on, call records alone."""
    replay_journal: bool = True
    """Whether the engine writes what `switchroom replay` and `what-if` read, to `var/engine/journal`."""
    replay_journal_bytes: int = Field(default=268_435_456, ge=65_536)
    """The most bytes of it on disk; the oldest segments are deleted first."""
    replay_journal_segments: int = Field(default=48, ge=2, le=10_000)
    """The most segments (files) of it; one is begun every hour, or when it has its share of the bytes."""
    lease_seconds: float = Field(default=4.0, ge=0.2, le=60)
    """How long a dead engine's lease keeps a standby of another machine waiting."""

    access_token_seconds: int = 900
    """Lifetime of an access token."""
    refresh_token_days: int = 30
    """Lifetime of a session that is not refreshed."""
    client_registration: bool = True
    """Whether anyone may call POST /auth/client."""
    require_current_password: bool | None = None
    """Whether POST /auth/change-password needs current_password; empty: in production."""
    signup: Literal["open", "invited", "closed"] | None = None
    """Who makes accounts and teams. `open`: anyone. `invited`: teams invite or add accounts, operators make teams.
    `closed`: operators make both. Empty: `open`, but `invited` in production without mail."""
    verify_addresses: bool | None = None
    """Whether users must verify their e-mail address; empty: where mail is configured."""
    quota_teams: int = Field(default=10, ge=0)
    """How many teams a user may own. Operators may own more."""
    quota_members: int = Field(default=500, ge=0)
    """How many members a team may have, invited ones included. An operator sets a team's own limits."""
    quota_guests: int = Field(default=500, ge=0)
    """How many guests a team may have, invited ones included."""
    quota_queues: int = Field(default=200, ge=0)
    """How many queues a team may have."""
    quota_numbers: int = Field(default=50, ge=0)
    """How many numbers a team may have."""
    quota_prompts: int = Field(default=500, ge=0)
    """How many prompts a team may have uploaded, its music on hold included."""
    quota_mails_a_day: int = Field(default=500, ge=0)
    """How many people a team may mail in a day, to invite or to add them."""
    quota_messages_a_day: int = Field(default=100_000, ge=0)
    """How many messages a team may send in its chats in a day."""
    quota_calls: int = Field(default=1000, ge=0)
    """How many calls a team may have at the same time. More are refused with SIP 503."""
    quota_megabytes: int = Field(default=10_240, ge=0)
    """How many megabytes (MiB) of files and prompts a team may keep in S3."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    @property
    def browser_addresses(self) -> list[str]:
        """Where browser phones connect, best first; empty: there are none."""
        if self.sip_wss_urls:
            return list(self.sip_wss_urls)
        over_tls = [f"wss://{self.sip_host}:{self.sip_wss_port}/ws"] if self.sip_wss_port else []
        return over_tls or ([f"ws://127.0.0.1:{self.sip_ws_port}/ws"] if self.sip_ws_port else [])

    @property
    def needs_current_password(self) -> bool:
        """Whether a change of password asks for the present one."""
        if self.require_current_password is None:
            return self.environment == "production"
        return self.require_current_password

    @property
    def sign_up(self) -> Literal["open", "invited", "closed"]:
        """Who may make accounts and teams, see `signup`."""
        if self.signup is None:
            return "invited" if self.environment == "production" and not self.smtp_url else "open"
        return self.signup

    @property
    def verifies_addresses(self) -> bool:
        """Whether an address counts only after its user has verified it."""
        return bool(self.smtp_url) if self.verify_addresses is None else self.verify_addresses

    @property
    def ways_out(self) -> tuple[str, ...]:
        """The trunks that outside calls may go over, `outbound_trunk` first."""
        able = [trunk.name for trunk in self.trunks if trunk.host]
        return tuple(sorted(able, key=lambda name: name != self.outbound_trunk))

    @property
    def outside_trunk(self) -> str:
        """The trunk that outside calls go over first; empty: there is none."""
        return next(iter(self.ways_out), "")

    @field_validator("vapid_private_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if key := value.get_secret_value():
            public_key(key)
        return value

    @model_validator(mode="after")
    def _public_url_is_the_apis(self) -> "Settings":
        self.public_url = self.public_url or f"http://127.0.0.1:{self.api_port}"
        return self

    @model_validator(mode="after")
    def _outbound_trunk_is_one(self) -> "Settings":
        if self.outbound_trunk and self.outbound_trunk not in [t.name for t in self.trunks if t.host]:
            raise ValueError(f"outbound_trunk: no trunk with a host is named {self.outbound_trunk!r}")
        return self

    @property
    def this_node(self) -> AsteriskNode:
        """This machine's node. Raises ValueError if `node` is the name of none."""
        for node in self.nodes:
            if node.name == self.node:
                return node
        raise ValueError(f"SWITCHROOM_NODE is {self.node!r}, which SWITCHROOM_NODES does not name")

    @model_validator(mode="after")
    def _production_has_secrets(self) -> "Settings":
        if self.environment == "production":
            named = {
                "SECRET_KEY": self.secret_key,
                "NODE_SECRET": self.node_secret,
                **{f"NODES ({n.name}: ami_secret)": n.ami_secret for n in self.nodes},
                **{f"PEERS ({peer.name}: secret)": peer.secret for peer in self.peers},
            }
            missing = [
                f"SWITCHROOM_{name}" for name, value in named.items() if len(value.get_secret_value()) < 16
            ]
            if missing:
                raise ValueError(
                    f"production needs these settings, 16 characters or more each: {', '.join(missing)}"
                )
            if self.signup == "open" and not self.smtp_url:
                raise ValueError(
                    "production refuses open sign-up without mail, since no address is verified: set "
                    "SWITCHROOM_SMTP_URL, or SWITCHROOM_SIGNUP to `invited` or `closed`"
                )
        return self


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read once. Raises `WrongSettings` or `UnsafeSettings`, which end the process."""
    from switchroom.production import require_safe

    try:
        settings = Settings()
    except ValidationError as error:
        # Not the value: it may be a secret.
        raise WrongSettings("".join(f"\n  - {_said(each)}" for each in error.errors())) from None
    except SettingsError as error:
        raise WrongSettings(f"\n  - {error}: it must be JSON") from None
    require_safe(settings)
    for line in _unknown_settings():
        # No error: whatever starts the process may set variables of that name, as Kubernetes does for a service.
        log.warning(line)
    return settings


def _unknown_settings() -> Iterator[str]:
    """Say of each variable that looks like a setting and is none what it may have meant. Not its value: see above."""
    prefix, known = str(Settings.model_config["env_prefix"]), [name.upper() for name in Settings.model_fields]
    for place in (*_FILES, None):
        names = os.environ if place is None else dotenv_values(place)
        for name in sorted(name.upper() for name in names if name.upper().startswith(prefix)):
            own = name.removeprefix(prefix)
            if own.partition("__")[0] not in known and own not in _OTHERS:
                near = get_close_matches(own, known, 1, 0.75)
                meant = f"; did you mean {prefix}{near[0]}?" if near else ""
                yield f"{name} ({place or 'environment'}): there is no such setting{meant}"


class WrongSettings(SystemExit):
    """The process ends with this message on standard error: each setting that cannot be read, and what it must be."""

    def __init__(self, lines: str) -> None:
        super().__init__(f"These settings (environment, .env, var/switchroom.env) cannot be read:{lines}")


def _said(error: ErrorDetails) -> str:
    """Return the setting and what is wrong with it. An error of several settings names them itself."""
    name = ".".join(str(part) for part in error["loc"])
    words = plain_words(error)
    return f"SWITCHROOM_{name.upper()}: {words}" if name else words
