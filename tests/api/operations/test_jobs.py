"""Jobs that failed for good. Admins of their team see them and retry them."""

from typing import Any

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from models import Recording, Voicemail
from switchroom.ids import new_id
from tests.support.api.world import Refuses, World, pid

pytestmark = pytest.mark.service


def recording(world: World, **columns: Any) -> Recording:
    row = Recording(call_id=new_id(), team_id=world.team.id, node="a", file_base="recordings/x-1", **columns)
    world.api.add(row)
    return row


def test_failed_jobs_are_listed(any_world: World) -> None:
    world = any_world
    lost = recording(world, state="failed", error="MediaError: no file", attempts=7)
    recording(world, state="pending")
    voice = Voicemail(
        call_id=new_id(), team_id=world.team.id, file="voicemail/x.wav", state="stored", transcript_state="failed",
        transcript_error="TranscriptionError: silence",
    )  # fmt: skip
    world.api.add(voice)
    answer = world.call(world.admin, "GET", "/job/failed")
    assert (answer.status_code, answer.headers["X-Total-Count"]) == (200, "2")
    by_job = {job["job"]: job for job in answer.json()}
    stored = by_job["store_recording"]
    assert (stored["id"], stored["object"]) == (f"store_recording-{pid(lost)}", pid(lost))
    assert (stored["error"], stored["attempts"]) == ("MediaError: no file", 7)
    assert by_job["transcribe_voicemail"]["error"] == "TranscriptionError: silence"
    assert world.call(world.stranger, "GET", "/job/failed").json() == []
    assert world.call(world.member, "GET", "/job/failed").status_code == 403
    assert world.call(None, "GET", "/job/failed").status_code == 401


def test_a_failed_job_is_retried(world: World, refuses_outsiders: Refuses) -> None:
    lost = recording(world, state="failed", error="MediaError: no file")
    path = f"/job/store_recording-{pid(lost)}/retry"
    refuses_outsiders("POST", path)
    assert world.call(world.member, "POST", path).status_code == 403
    answer = world.call(world.admin, "POST", path)
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    row = world.api.get(Recording, lost.id)
    assert (row.state, row.error) == ("pending", None)
    queue = Queue("recordings-a", connection=world.api.context.redis, serializer=JSONSerializer)
    job = queue.fetch_job(f"store_recording-{lost.id}")
    assert job is not None
    assert list(job.args) == [lost.id]
    assert world.call(world.admin, "POST", path).status_code == 409
    for unknown in ("nonsense", f"drop_tables-{pid(lost)}", "store_recording-x"):
        assert world.call(world.admin, "POST", f"/job/{unknown}/retry").status_code == 404


def test_an_object_that_the_store_will_not_delete_is_listed(world: World) -> None:
    locked = recording(world, state="stored", s3_key="k", error="not deleted: delete k: AccessDenied")
    recording(world, state="incomplete", s3_key="l", error="2 s of a talk of 60 s")
    (shown,) = world.call(world.admin, "GET", "/job/failed").json()
    assert (shown["job"], shown["object"], shown["error"]) == ("delete_recording", pid(locked), locked.error)
    path = f"/job/delete_recording-{pid(locked)}/retry"
    assert world.call(world.admin, "POST", path).json()["state"] == "pending"
    row = world.api.get(Recording, locked.id)
    assert (row.state, row.error) == ("stored", None)
    queue = Queue("default", connection=world.api.context.redis, serializer=JSONSerializer)
    assert queue.fetch_job(f"delete_recording-{locked.id}") is not None
    assert world.call(world.admin, "POST", path).status_code == 409
