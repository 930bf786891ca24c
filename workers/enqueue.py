"""Jobs by name. Code that enqueues a job imports this module, not the job: the worker imports it when it runs it.

Every job takes ids and is idempotent, so a job that is enqueued twice does no harm.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from redis import Redis
from rq import Callback, Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

DEFAULT = "default"
TRANSCRIPTS = "transcripts"
"""The queue of transcriptions. They take minutes: mail and notifications do not wait for them."""

JOBS = {
    "store_recording": "workers.jobs.recordings.store_recording",
    "store_voicemail": "workers.jobs.voicemails.store_voicemail",
    "delete_audio": "workers.jobs.voicemails.delete_audio",
    "store_greeting": "workers.jobs.greetings.store_greeting",
    "announce_voicemail": "workers.jobs.announcements.announce_voicemail",
    "forward_voicemail": "workers.jobs.forwards.forward_voicemail",
    "transcribe_recording": "workers.jobs.transcripts.transcribe_recording",
    "transcribe_voicemail": "workers.jobs.transcripts.transcribe_voicemail",
    "resume_transcripts": "workers.jobs.transcripts.resume_transcripts",
    "send_mail": "workers.jobs.mail.send_mail",
    "send_notification": "workers.jobs.notify.send_notification",
    "send_push": "workers.jobs.push.send_push",
    "push_to_device": "workers.jobs.push.push_to_device",
    "sweep_node": "workers.jobs.sweep.sweep_node",
    "enforce_retention": "workers.jobs.retention.enforce_retention",
    "delete_recording": "workers.jobs.retention.delete_recording",
    "delete_voicemail": "workers.jobs.retention.delete_voicemail",
    "make_thumbnail": "workers.jobs.thumbnails.make_thumbnail",
    "convert_prompt": "workers.jobs.prompts.convert_prompt",
    "remove_loose_files": "workers.jobs.loose_files.remove_loose_files",
    "sync_integrations": "workers.jobs.integrations.sync_integrations",
    "sync_integration": "workers.jobs.integrations.sync_integration",
    "revoke_grant": "workers.jobs.revoke_grant.revoke_grant",
    "connect_inbox_channel": "workers.jobs.inbox_channels.connect_inbox_channel",
    "disconnect_inbox_channel": "workers.jobs.inbox_channels.disconnect_inbox_channel",
    "list_inbox_channels": "workers.jobs.inbox_channels.list_inbox_channels",
    "send_inbox_message": "workers.jobs.inbox_messages.send_inbox_message",
    "fetch_inbox_file": "workers.jobs.inbox_files.fetch_inbox_file",
    "deliver_inbox_webhook": "workers.jobs.inbox_webhooks.deliver_inbox_webhook",
    "answer_when_closed": "workers.jobs.inbox_hours.answer_when_closed",
    "wake_conversations": "workers.jobs.inbox_snooze.wake_conversations",
    "enforce_inbox_retention": "workers.jobs.inbox_retention.enforce_inbox_retention",
    "export_contact": "workers.jobs.contact_export.export_contact",
    "erase_contact": "workers.jobs.contact_erasure.erase_contact",
    "resume_inbox": "workers.jobs.inbox_resume.resume_inbox",
    "expire_browser_phones": "workers.jobs.browser_phones.expire_browser_phones",
    "purge_expired": "workers.jobs.purge.purge_expired",
    "send_due_reports": "workers.jobs.reports.send_due_reports",
}
"""Job name -> dotted path of its function."""

RETRY_SECONDS = (5, 15, 60, 300, 900, 3600, 10800, 21600, 43200)
"""Waits between the tries of a job that raises: ten tries in about 22 hours, more than an outage of one night."""

TIMEOUT_SECONDS = {
    "transcribe_recording": 4 * 3600,
    "transcribe_voicemail": 3600,
    "make_thumbnail": 120,
    "sync_integration": 1800,
    "export_contact": 3600,
    "erase_contact": 3600,
    "enforce_inbox_retention": 3600,
}
FAILURE_DAYS = 365
"""A job that finally failed stays visible and can be retried this long."""

# RQ refuses other characters in a job's id.
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,200}")
_ENDED = (JobStatus.FAILED, JobStatus.FINISHED, JobStatus.STOPPED, JobStatus.CANCELED)
ON_FAILURE = "workers.failed.job_failed"


Argument = str | int | float | bool | None


class UnknownJobError(ValueError):
    """No job has this name."""


def recordings_queue(node: str) -> str:
    """The queue of jobs that need the disk of this Asterisk node."""
    return f"recordings-{node}"


def enqueue(
    redis: Redis,
    name: str,
    *args: Argument,
    queue: str = DEFAULT,
    delay: float | None = None,
    job_id: str | None = None,
) -> str:
    """Put job `name` on `queue`, `delay` seconds from now, and return the job's id.

    The id is made of the name and the arguments, so that the same work is in the queue once. While a job of
    this id waits or runs, no second one is added; a job that finally failed is replaced. Raises
    `UnknownJobError`, `redis.RedisError`.
    """
    if name not in JOBS:
        raise UnknownJobError(name)
    place = Queue(queue, connection=redis, serializer=JSONSerializer)
    identity = job_id or identity_of(name, args)

    def new_job() -> Job:
        return place.create_job(
            JOBS[name],
            args=args,
            job_id=identity,
            timeout=TIMEOUT_SECONDS.get(name, 600),
            result_ttl=0,
            failure_ttl=FAILURE_DAYS * 86400,
            retry=Retry(max=len(RETRY_SECONDS), interval=list(RETRY_SECONDS)),
            on_failure=Callback(ON_FAILURE),
            description=identity,
        )

    try:
        _put(place, new_job(), delay)
    except DuplicateJobError:
        present = place.fetch_job(identity)
        if present is not None and present.get_status() not in _ENDED:
            return identity
        if present is not None:
            present.delete()
        _put(place, new_job(), delay)
    return identity


def identity_of(name: str, args: Sequence[Argument]) -> str:
    """Return the id of a job. Arguments with other characters than RQ takes, or very long ones, stand as a digest."""
    identity = "-".join([name, *map(str, args)])
    if _IDENTITY.fullmatch(identity):
        return identity
    return f"{name}-{sha256(json.dumps(args).encode()).hexdigest()[:32]}"


def _put(place: Queue, job: Job, delay: float | None) -> None:
    if delay:
        place.schedule_job(job, datetime.now(UTC) + timedelta(seconds=delay), unique=True)
    else:
        place.enqueue_job(job, unique=True)
