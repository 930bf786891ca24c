"""Documents of call routes that are not saved: what is wrong with them, and where every way through them leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.core.scope import Scope
from api.telephony.call_routes import service
from api.telephony.call_routes.schemas import DryRun, RouteValidate
from api.telephony.call_routes.validation import Document, normalized, problems_of, show_problems
from api.telephony.owner import Owner
from api.telephony.sounds.library import library_of
from models import CallRoute, utcnow
from models.route_check import among_teams
from models.shown import show_time
from routing.errors import Problem
from routing.routes.check import Finding, Report, Step, check_stored
from routing.routes.secrets import restored
from switchroom.ids import public_id
from switchroom.settings import Settings

MOST_STATES = 4000
"""That a check walks with all facts: about a second's work."""


@dataclass(frozen=True)
class Draft:
    """A (normalized) document of a team. `stored` is the route that it would change, if there is one."""

    team_id: str
    document: Document
    stored: CallRoute | None

    def problems(self, session: Session, settings: Settings) -> list[Problem]:
        """Return everything that makes it impossible to save. What the stored route names may stay."""
        own, present = (self.stored.id, self.stored.blocks) if self.stored else (None, None)
        sounds = library_of(settings, self.team_id)
        return problems_of(session, self.team_id, self.document, own, sounds=sounds, present=present)


def draft_of(scope: Scope, owner: Owner, body: RouteValidate) -> Draft:
    """Return what was sent as a draft. Raises NotFound, Forbidden."""
    stored = scope.get(CallRoute, body.route, "route") if body.route else None
    team_id = stored.team_id if stored else scope.team_for(body.team or owner.team())
    return _draft(scope, team_id, body.model_dump(include={"entry", "blocks"}), stored)


def changed_in(scope: Scope, route: CallRoute, body: DryRun) -> Document | None:
    """Return the document that a dry run goes through; None: the stored one. Raises Forbidden."""
    sent = body.model_dump(include={"entry", "blocks"}, exclude_none=True)
    if not sent:
        return None
    present = {"name": route.name, "entry": route.entry, "blocks": route.blocks}
    return _draft(scope, route.team_id, {**present, **sent}, route).document


def validity(problems: list[Problem]) -> dict[str, Any]:
    return {"valid": not problems, "problems": show_problems(problems)}


def check(session: Session, settings: Settings, draft: Draft) -> dict[str, Any]:
    """Return the problems of a draft, or, if it has none, what a walk over every way through it finds."""
    problems = draft.problems(session, settings)
    own = draft.stored.id if draft.stored else ""
    return {**validity(problems), **_show(Report(()) if problems else _walk(session, draft, own), own)}


def _walk(session: Session, draft: Draft, own: str) -> Report:
    known = among_teams(session, draft.team_id, own)
    return check_stored(
        own,
        {**known.documents, own: draft.document},
        at=utcnow(),
        max_wait=known.max_wait,
        overflows=known.overflows,
        numbers=known.numbers,
        forwards=known.forwards,
        most_states=MOST_STATES,
    )


def _draft(scope: Scope, team_id: str, sent: Document, stored: CallRoute | None) -> Draft:
    """Return the draft with the secrets of the stored route in place of the placeholders."""
    if stored:
        service.require_owner(scope, stored.team_id, stored.user_id)
        sent["blocks"] = restored(sent["blocks"], stored.blocks)
    return Draft(team_id, normalized(scope.session, team_id, sent), stored)


# -- how it is shown -----------------------------------------------------------------------------------------


def _show(report: Report, own: str) -> dict[str, Any]:
    return {
        "findings": [_show_finding(finding, own) for finding in report.findings],
        "longest_wait": report.longest,
        "longest_way": _show_way(report.longest_steps),
        "longest_digits": report.longest_digits,
        "longest_at": report.longest_at and show_time(report.longest_at),
        "blocks": report.blocks,
        "states": report.states,
    }


def _show_finding(finding: Finding, own: str) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "kind": finding.kind,
        "block": finding.block,
        "exit": finding.exit,
        "route": public_id(finding.route) if finding.route not in ("", own) else None,
        "message": finding.message,
        "way": _show_way(finding.steps),
        "digits": finding.digits,
        "at": finding.at and show_time(finding.at),
    }


def _show_way(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [{"block": step.block, "exit": step.exit, "lead": step.lead} for step in steps]
