"""What a call leaves behind: its log, its recording, its transcript."""

from collections.abc import Callable
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from cli.api_client import ApiClient
from cli.demo.follow import Watcher
from cli.errors import RunError

LOG_SECONDS, RECORDING_SECONDS, TRANSCRIPT_SECONDS = 20.0, 60.0, 90.0


def wait_for_log(
    watcher: Watcher, admin: ApiClient, caller: str, tell: Callable[[str, str], None]
) -> dict[str, Any]:
    """Wait for the call's log, its stored recording and its finished transcript, and return the log.

    `recording_bytes` is added: the size of the recording in the object store.
    """

    def logged() -> dict[str, Any] | None:
        found = admin.get("/v1/call-log", where=f'{{"from": "{caller}"}}', limit="1")
        return found[0] if found else None

    log = watcher.until("the call's log", logged, LOG_SECONDS)
    tell("log", f"written: {log['disposition']}, {log['talk']:.1f} s of talk")
    path = f"/v1/call-log/{log['id']}"

    def stored() -> str | None:
        answer = admin.request("GET", f"{path}/recording")
        return answer.headers["location"] if answer.status_code == 302 else None

    if log["disposition"] == "answered":
        url = watcher.until("the recording on S3", stored, RECORDING_SECONDS)
        size = _size(url)
        tell("recording", f"is on S3, {size:,} bytes")
        log |= {"recording": url, "recording_bytes": size}

        def transcribed() -> dict[str, Any] | None:
            found: dict[str, Any] = admin.get(path)
            return found if found["transcript_state"] != "pending" else None

        settled = watcher.until("the transcript", transcribed, TRANSCRIPT_SECONDS)
        log |= {key: settled[key] for key in ("transcript", "transcript_state")}
    return log


def _size(url: str) -> int:
    """Return the size in bytes of the object behind a presigned URL.

    The URL is signed for GET only, so this sends a GET and does not read the body.
    """
    with httpx.stream("GET", url, timeout=15) as answer:
        if answer.status_code != 200:
            raise RunError(f"the recording's URL answered {answer.status_code}", "read var/log/s3.log")
        return int(answer.headers["content-length"])


def require_good(log: dict[str, Any], agent: str, seconds: int) -> None:
    """Raise `RunError` unless this agent answered, the talk lasted `seconds`, and it was recorded."""
    problems = []
    if log["disposition"] != "answered":
        problems.append(f"the log says {log['disposition']}, not answered")
    if log["agent"] != agent:
        problems.append(f"the log names the agent {log['agent']}, not {agent}")
    if log["talk"] < seconds - 0.5:
        problems.append(f"the log has {log['talk']:.1f} s of talk, the phones {seconds} s")
    # Stereo, 16 bits, 8,000 samples a second.
    if log.get("recording_bytes", 0) < (seconds - 0.5) * 32_000:
        problems.append(f"the recording has only {log.get('recording_bytes', 0)} bytes")
    if problems:
        raise RunError("; ".join(problems), "read var/log/engine.log and var/log/worker-recordings.log")


def show(console: Console, log: dict[str, Any]) -> None:
    """Print the call as `GET /v1/call-log` answers it."""
    table = Table(
        title="The call's log", box=None, show_header=False, title_justify="left", padding=(0, 2, 0, 0)
    )
    names = ("id", "from", "did", "disposition", "queue", "agent", "started_at", "answered_at", "ended_at")
    for name in names:
        table.add_row(name, str(log.get(name)))
    table.add_row("wait, talk", f"{log['wait']:.1f} s, {log['talk']:.1f} s")
    if "recording_bytes" in log:
        table.add_row("recording", f"{log['recording_bytes']:,} bytes")
        table.add_row("transcript", _transcript(log))
    console.print()
    console.print(table)
    if "recording_bytes" in log:
        # Not in the table: a signed URL must stay in one piece to be copied.
        console.print(f"recording URL\n{log['recording']}", soft_wrap=True, highlight=False)


def _transcript(log: dict[str, Any]) -> str:
    if log["transcript_state"] == "done":
        lines = [
            f"{line['start']:.1f} s {line['speaker']}: {line['text']}" for line in log["transcript"]["lines"]
        ]
        return "\n".join(lines) or "no speech"
    if log["transcript_state"] == "none":
        return "none: no transcriber is configured (SWITCHROOM_TRANSCRIBER)"
    return f"none: {log['transcript_state']}"
