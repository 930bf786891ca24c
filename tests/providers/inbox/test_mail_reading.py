"""What mails say, however they are written."""

from datetime import UTC, datetime
from email.message import EmailMessage
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.inbox.mail.reading import Bounce, Mail, read

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAD = b"From: Grace Hopper <Grace@Example.com>\r\nSubject: Hello\r\nMessage-ID: <1@example.com>\r\n"


def mail(raw: bytes) -> Mail:
    found = read(raw, NOW)
    assert isinstance(found, Mail)
    return found


def html(body: str) -> Mail:
    return mail(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body.encode())


def test_a_plain_mail() -> None:
    found = mail(HEAD + b"Date: Mon, 02 Mar 2026 12:00:00 +0100\r\n\r\nGood morning\r\n")
    assert (found.sender, found.sender_name, found.subject) == ("grace@example.com", "Grace Hopper", "Hello")
    assert (found.text, found.html, found.message_id) == ("Good morning", None, "<1@example.com>")
    assert found.sent_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert not found.automatic


def test_the_part_for_readers_is_taken_and_files_are_kept() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "grace@example.com", "Grüße"
    message.set_content("plain ✓")
    message.add_alternative("<p>fancy</p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="../Foto ä.png")
    message.add_attachment("a,b", filename="list.csv")
    found = mail(message.as_bytes())
    assert (found.subject, found.text, found.html) == ("Grüße", "plain ✓", "<p>fancy</p>\n")
    assert [(one.name, one.content) for one in found.files] == [
        ("Foto ä.png", b"\x89PNG"),
        ("list.csv", b"a,b\n"),
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script><p>Hi</p>", "<p>Hi</p>"),
        ('<p onclick="x()" style="position:fixed">Hi</p>', "<p>Hi</p>"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'),
        ('<img src="https://tracker.example/1.gif" onerror="x()" alt="A < B">Hi', '<img alt="A &lt; B">Hi'),
        (
            '<img src="cid:logo@x"><a href="cid:logo@x">x</a>',
            '<img src="cid:logo@x"><a rel="noopener noreferrer nofollow">x</a>',
        ),
        (
            '<img src="data:image/png;base64,AA"><img src="//evil.example/x"><img src="x.png">',
            "<img><img><img>",
        ),
        ('<img srcset="https://evil.example/x 2x" src=" CID:a%40b ">', '<img src=" CID:a%40b ">'),
        ("<iframe src='https://evil.example'></iframe><form><input name=a></form>Hi", "Hi"),
        ("<style>body{display:none}</style>Hi", "Hi"),
        ('<svg><script href="data:,x"/></svg>Hi', "Hi"),
        (
            "<table><tr><td colspan=2>1</td></tr></table>",
            '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        ),
    ],
)
def test_html_is_safe_to_show(written: str, shown: str) -> None:
    assert html(written).html == shown


def test_html_without_text_gets_one() -> None:
    found = html("<style>p{}</style><p>Dear&nbsp;team,</p><p>one<br>two &amp; three</p><script>x</script>")
    assert found.text == "Dear team,\none\ntwo & three"


def test_threads() -> None:
    found = mail(HEAD + b"In-Reply-To: <b@x>\r\nReferences: <a@x>\r\n <b@x> junk\r\n\r\nHi")
    assert (found.in_reply_to, found.references) == ("<b@x>", ["<a@x>", "<b@x>"])


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: auto-generated; x=y", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("Return-Path: <>", True),
        ("Return-Path: <grace@example.com>", False),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", True),
        ("X-Auto-Response-Suppress: RN", False),
        ("List-Id: <news.example.com>", True),
        ("X-Other: 1", False),
    ],
)
def test_what_machines_write(header: str, automatic: bool) -> None:
    assert mail(HEAD + header.encode() + b"\r\n\r\nHi").automatic is automatic


def bounced(
    action: str = "failed", original: str = "<abc@acme.example>", kind: str = "message/rfc822"
) -> bytes:
    return f"""From: MAILER-DAEMON@mx.example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; nobody@example.com
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1
 No such user
--b
Content-Type: {kind}

Message-ID: {original}
Subject: Hello

Text
--b--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_names_the_mail_and_the_reason(kind: str) -> None:
    assert read(bounced(kind=kind), NOW) == Bounce(
        "<abc@acme.example>", "E-mail: smtp; 550 5.1.1 No such user"
    )


def test_what_is_only_late_is_nothing() -> None:
    assert read(bounced("delayed"), NOW) is None


def test_a_failure_that_names_no_mail_is_shown_and_answered_by_no_machine() -> None:
    found = mail(bounced(original=""))
    assert (found.sender, found.text, found.automatic) == ("mailer-daemon@mx.example.com", "Sorry.", True)


def test_another_copy_has_the_same_digest_and_another_mail_another() -> None:
    first = mail(b"Received: by a\r\n" + HEAD + b"\r\nHi")
    assert mail(b"Received: by b\r\n" + HEAD + b"\r\nHi").digest == first.digest
    assert mail(HEAD + b"\r\nHo").digest != first.digest


def test_who_wants_the_answer_elsewhere_gets_it_there() -> None:
    found = mail(b"From: Form <web@example.com>\r\nReply-To: grace@example.com\r\n\r\nHi")
    assert (found.sender, found.sender_name) == ("grace@example.com", "Form")


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_headers_need_no_encoded_words(charset: str) -> None:
    found = mail("From: Gr\u00e4ce <g@example.com>\r\nSubject: Gr\u00f6\u00dfe\r\n\r\nHi".encode(charset))
    assert (found.sender_name, found.subject) == ("Gr\u00e4ce", "Gr\u00f6\u00dfe")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("From: Grace <Grace@M\u00fcller.Example>", "grace@xn--mller-kva.example"),
        ("From: =?utf-8?q?gr=C3=A4ce?= <gr\u00e4ce@example.com>", "gr\u00e4ce@example.com"),
        ("From: Grace\r\nSender: grace@example.com", "grace@example.com"),
        ("From: a@" + "\u00fc" * 300 + ".example", ""),
        ("From: a@b..example", ""),
        ("From: a@" + "b" * 200, ""),
        ("Subject: none", ""),
    ],
)
def test_addresses(written: str, address: str) -> None:
    assert mail(f"{written}\r\n\r\nHi".encode()).sender == address


@given(st.binary(max_size=2000))
@example(b"From: a@b.example\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe")
@example(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n")
@example(b"From: =?utf-8?b?w7?= <a@b.example>\r\nSubject: =?x?q?=ff?=\r\nDate: Mon, 99 Foo 2026\r\n\r\nx")
@example(b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n")
@example(b"From: a@b.example\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\nx")
def test_no_mail_fails_to_be_read(raw: bytes) -> None:
    for written in (raw, HEAD + raw, HEAD + b"\r\n" + raw):
        read(written, NOW)


def nested(kind: bytes, depth: int) -> bytes:
    """Return a mail with parts in parts."""
    parts = (b"Content-Type: %b; boundary=b%d\r\n\r\n--b%d\r\n" % (kind, n, n) for n in range(depth))
    return FROM + b"".join(parts) + b"\r\nHi\r\n"


FROM = b"From: grace@example.com\r\n"
HTML = FROM + b"Content-Type: text/html\r\n\r\n"
TAKES_LONG = {
    "parts in parts": nested(b"multipart/mixed", 3000),
    "many lines in parts in parts": nested(b"multipart/mixed", 60) + b"a\r\n" * 1_000_000,
    "mails in mails": FROM + b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "many parts": FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 200_000,
    "many encoded words": FROM + b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\r\n\r\nHi",
    "many parameters": FROM + b"Content-Type: text/plain; " + b"a*0=x; " * 200_000 + b"\r\n\r\nHi",
    "an encoding that is slow": FROM
    + b"Content-Type: text/plain; charset=punycode\r\n\r\na-"
    + b"b9" * 400_000,
    "tags without an end": HTML + b"<br" * 66_000,
    "elements in elements": HTML + b"<div>" * 39_000,
    "elements in elements that look closed": HTML + b"<div></p></x>" * 15_000,
}


@pytest.mark.parametrize("raw", TAKES_LONG.values(), ids=TAKES_LONG)
def test_no_mail_takes_long(raw: bytes) -> None:
    began = perf_counter()
    assert mail(raw).sender == "grace@example.com"
    assert perf_counter() - began < 10


def test_a_mail_that_cannot_be_read_soon_is_kept_as_a_file() -> None:
    raw = HEAD + nested(b"multipart/mixed", 100)
    found = mail(raw)
    assert (found.subject, found.message_id, found.text) == ("Hello", "<1@example.com>", "")
    assert [(file.name, file.content) for file in found.files] == [("mail.eml", raw)]


def test_of_html_that_is_too_deep_the_text_is_shown() -> None:
    found = html("<div>" * 2000 + "Caf&eacute; <b>at noon</b>" + "</div>" * 2000)
    assert found.html is None
    assert found.text.split() == ["Café", "at", "noon"]


@pytest.mark.parametrize("name", ["", "(", "a:"], ids=["nothing", "comments", "groups"])
def test_a_sender_who_cannot_be_read_is_nobody(name: str) -> None:
    found = mail(f"From: {name * 5000}\r\n\r\nHi".encode())
    assert (found.sender, found.text) == ("", "Hi")
    assert mail(f"From: {name * 5000}\r\nReply-To: grace@example.com\r\n\r\nHi".encode()).text == "Hi"


def test_of_very_many_references_the_last_count() -> None:
    written = " ".join(f"<{number}@example.com>" for number in range(5000))
    assert mail(HEAD + f"References: {written}\r\n\r\nHi".encode()).references[-1] == "<4999@example.com>"


@pytest.mark.parametrize("charset", ["undefined", "idna", "unicode_escape", '"a\0b"', "zlib_codec"])
def test_what_is_no_charset_of_mails_is_utf_8(charset: str) -> None:
    raw = HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\nCaf\u00e9 \\u0041".encode()
    assert mail(raw).text == "Café \\u0041"
