"""Operations on failed jobs."""

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep
from api.core.errors import Forbidden
from api.core.route import WorkDep
from api.operations.jobs import service
from api.operations.jobs.answers import JobAnswer

router = v1_router(tags=["jobs"])


@router.get("/job/failed", response_model=list[JobAnswer])
def list_failed_jobs(scope: ScopeDep, work: WorkDep) -> list[Shown]:
    """List the background jobs that failed, newest first. Only admins may."""
    if not scope.admin_team_ids:
        raise Forbidden("Only an admin of a team may do this")
    found = service.failed(scope)
    work.headers["X-Total-Count"] = str(len(found))
    return found


@router.post("/job/{job_id}/retry", response_model=JobAnswer, responses={409: {}})
def retry_job(job_id: str, scope: ScopeDep) -> Shown:
    """Start a failed job again."""
    return service.retry(scope, job_id)
