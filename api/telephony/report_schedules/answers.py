"""What clients get of schedules."""

from api.conventions.answers import PublicId
from api.telephony.report_schedules.resource import ReportScheduleSummary


class ReportScheduleAnswer(ReportScheduleSummary):
    """A schedule with what it mails and to whom."""

    figures: list[str] | None
    """The columns of the file; null: all."""
    queues: list[PublicId] | None
    """The queues of the rows; null: all."""
    receivers: list[PublicId]
    """The users who get the mail, while they are members and their address is verified."""
