"""A team's statistics by queue, agent and number: recomputed from the stays, right over clock changes, and as files."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analysis.reports.files import csv_of, xlsx_of
from analysis.reports.intervals import Interval, Period, TooMuch, Whole, edges, last_whole, next_time
from models import Agent, AgentSpell, CallLog, Queue, QueueStay, Role, Team, WrapUp
from routing.figures import CONTACT_WINDOW, Contact, Stays, figures, first_contacts, service_levels
from switchroom.ids import new_id
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.world import World

__all__ = ["counted"]

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)], ids=["23", "25", "24"]
)
def test_a_local_day_has_its_hours(day: tuple[int, int, int], hours: int) -> None:
    start = local(*day)
    end = (datetime(*day, tzinfo=BERLIN) + timedelta(days=1)).astimezone(UTC)
    asked = Period(start, end, BERLIN)
    assert len(edges(asked, Interval.HOUR)) == hours + 1
    assert len(edges(asked, Interval.QUARTER)) == 4 * hours + 1
    assert edges(asked, Interval.DAY) == [start, end] == edges(asked, None)


@pytest.mark.unit
def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    asked = Period(local(2026, 10, 20, 15), local(2026, 12, 2), BERLIN)
    weeks = edges(asked, Interval.WEEK)
    assert weeks[:3] == [asked.start, local(2026, 10, 26), local(2026, 11, 2)]
    assert edges(asked, Interval.MONTH) == [asked.start, local(2026, 11, 1), local(2026, 12, 1), asked.end]


@pytest.mark.unit
def test_the_first_interval_ends_at_the_clocks_next_quarter() -> None:
    asked = Period(local(2026, 10, 20, 15, 7), local(2026, 10, 20, 15, 40), BERLIN)
    assert [edge.minute for edge in edges(asked, Interval.QUARTER)] == [7, 15, 30, 40]


@pytest.mark.unit
def test_too_many_intervals_are_refused() -> None:
    with pytest.raises(TooMuch):
        edges(Period(local(2026, 1, 1), local(2026, 6, 1), BERLIN), Interval.QUARTER)


STAYS = [
    # minutes after noon, outcome, wait, talk, wrap-up
    (1, "answered", 5.0, 100.0, 20.0),
    (2, "answered", 40.0, 60.0, 10.0),
    (3, "abandoned", 2.0, 0.0, None),
    (4, "abandoned", 12.0, 0.0, None),
    (5, "abandoned", 90.0, 0.0, None),
    (20, "timed-out", 60.0, 0.0, None),
    (21, "turned-away", 0.0, 0.0, None),
]


def fill(world: World, name: str = "", good: float = 20.0) -> tuple[Queue, Agent]:
    """Write the stays above, with their calls."""
    queue = world.queue(name or "=Sales", call_service_good=good, short_abandon=5.0)
    agent = world.agent(None, f"Kate {name}".strip(), queue)
    for minutes, outcome, wait, talk, wrap_up in STAYS:
        id, at, taken = new_id(), NOON + timedelta(minutes=minutes), outcome == "answered"
        log = CallLog(
            id=id,
            team_id=world.team.id,
            did="+14165550100",
            queue_id=queue.id,
            started_at=at,
            disposition=outcome,
            talk=talk,
        )
        world.api.add(log)
        rows: list[QueueStay | WrapUp] = [
            QueueStay(
                call_id=id,
                number=1,
                team_id=world.team.id,
                queue_id=queue.id,
                agent_id=agent.id if taken else None,
                joined_at=at,
                left_at=at,
                outcome=outcome,
                wait=wait,
                talk=talk,
                last_call_id=id,
            )
        ]
        if wrap_up is not None:
            rows.append(WrapUp(call_id=id, agent_id=agent.id, team_id=world.team.id, seconds=wrap_up))
        world.api.add(*rows)
    return queue, agent


def asked(by: str, **more: str) -> str:
    end = NOON + timedelta(minutes=30)
    query = {"by": by, "from": NOON.isoformat(), "to": end.isoformat(), **more}
    return "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in query.items())


@pytest.mark.service
def test_queues_as_recomputed_from_their_stays(any_world: World) -> None:
    world = any_world
    queue, _ = fill(world)
    answer = world.call(world.admin, "GET", f"/team/a{world.team.id}/statistics?{asked('queue')}")
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    each = [Stays(outcome, wait, talk=talk, wrap_up=up or 0.0) for _, outcome, wait, talk, up in STAYS]
    expected = figures(each, good=20.0, short=5.0)
    other = service_levels(each, good=20.0, short=5.0)
    for found in (expected, other):
        for name in type(found).__dataclass_fields__:
            assert row[name] == pytest.approx(getattr(found, name)), name
    assert (row["id"], row["offered"], row["service_level"]) == (f"a{queue.id}", 6, pytest.approx(1 / 5))
    by_name = {
        name: value for name, value in row.items() if name.startswith(("service_level_", "abandoned_"))
    }
    assert by_name == {
        "abandoned_in_threshold": 1,
        "abandoned_after_threshold": 1,
        "service_level_offered": pytest.approx(1 / 6),
        "service_level_answered": pytest.approx(1 / 2),
        "service_level_handled": pytest.approx(1 / 4),
        "service_level_patient": pytest.approx(2 / 5),
    }


@pytest.mark.service
def test_intervals_add_up(any_world: World) -> None:
    world = any_world
    fill(world)
    path = f"/team/a{world.team.id}/statistics?{asked('queue', interval='15m')}"
    rows = world.call(world.admin, "GET", path).json()["rows"]
    assert [(row["offered"], row["turned_away"]) for row in rows] == [(5, 0), (1, 1)]
    assert rows[0]["to"] == rows[1]["from"]


@pytest.mark.service
def test_agents_and_numbers(any_world: World) -> None:
    world = any_world
    _, agent = fill(world)
    base = f"/team/a{world.team.id}/statistics"
    (row,) = world.call(world.admin, "GET", f"{base}?{asked('agent')}").json()["rows"]
    assert (row["id"], row["name"], row["answered"], row["talk"], row["wrap_up"]) == (
        f"a{agent.id}",
        "Kate",
        2,
        160.0,
        30.0,
    )
    assert (row["average_talk"], row["aht"], row["longest_talk"]) == (80.0, 95.0, 100.0)
    (row,) = world.call(world.admin, "GET", f"{base}?{asked('number')}").json()["rows"]
    assert (row["number"], row["calls"], row["answered"], row["aht"]) == ("+14165550100", 7, 2, 95.0)


@pytest.mark.service
def test_files_hold_the_same_and_no_formula(world: World) -> None:
    fill(world)
    base = f"/team/a{world.team.id}/statistics"
    answer = world.call(world.admin, "GET", f"{base}/csv?{asked('queue')}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="statistics-queue.csv"'
    names, row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    told = dict(zip(names, row, strict=True))
    assert (told["name"], told["offered"], told["answered"]) == ("'=Sales", "6", "2")
    answer = world.call(world.admin, "GET", f"{base}/xlsx?{asked('number')}")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "+14165550100" in sheet
    assert "<f>" not in sheet


TIMES = {"from": "2026-10-20T12:00:00.000Z", "to": "2026-10-20T12:30:00.000Z"}


@pytest.mark.unit
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1+1", "＠x"])
def test_no_text_becomes_a_formula(name: str) -> None:
    report = {"by": "queue", "timezone": "Europe/Berlin", "rows": [{"name": name, **TIMES, "offered": -1}]}
    text = b"".join(csv_of(report)).decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert row == [f"'{name}", "2026-10-20T14:00:00+02:00", "2026-10-20T14:30:00+02:00", "-1"]
    with zipfile.ZipFile(io.BytesIO(b"".join(xlsx_of(report)))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.unit
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("formula", ["=1+1", '"=1+1"', "@x"])
def test_no_separator_begins_a_formula_within_a_name(separator: str, formula: str) -> None:
    """Where the comma is a decimal mark, a spreadsheet separates the cells of a CSV file by semicolons."""
    row = {"id": "a1", "name": f"Sales{separator}{formula}{separator}", **TIMES, "offered": 1}
    text = b"".join(csv_of({"by": "queue", "timezone": "Europe/Berlin", "rows": [row]})).decode("utf-8-sig")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]


@pytest.mark.service
def test_only_admins_of_the_team(world: World) -> None:
    stranger = world.api.person(world.api.team(), Role.ADMIN)
    for path in ("statistics", "statistics/csv", "statistics/xlsx"):
        for person, status in ((world.member, 403), (stranger, 404), (None, 401)):
            answer = world.call(person, "GET", f"/team/a{world.team.id}/{path}")
            assert answer.status_code == status, (path, answer.text)


# -- first contacts, work, plans -----------------------------------------------------------------------------

DAYS = timedelta(days=1)


def visit(world: World, queue: Queue, caller: str, at: datetime, outcome: str = "answered") -> None:
    """Write a call with one stay."""
    log = CallLog(team_id=world.team.id, caller=caller, queue_id=queue.id, started_at=at, disposition=outcome)
    stay = QueueStay(
        call_id=log.id, number=1, team_id=world.team.id, queue_id=queue.id, joined_at=at, left_at=at,
        outcome=outcome, wait=1.0, last_call_id=log.id,
    )  # fmt: skip
    world.api.add(log)
    world.api.add(stay)


def recomputed(visits: list[tuple[str, datetime, str]], start: datetime, end: datetime) -> tuple[int, int]:
    """Return first contacts and resolved ones, by counting through all pairs."""
    week, first, resolved = timedelta(days=7), 0, 0
    for caller, at, outcome in visits:
        others = [(when, what) for who, when, what in visits if who == caller and when != at]
        earlier = any(what == "answered" and timedelta(0) < at - when <= week for when, what in others)
        if outcome == "answered" and caller and start <= at < end and not earlier:
            first += 1
            resolved += not any(
                what != "turned-away" and timedelta(0) < when - at <= week for when, what in others
            )
    return first, resolved


@pytest.mark.service
def test_first_contacts_as_recomputed_from_the_calls(any_world: World) -> None:
    world = any_world
    queue, other = world.queue("Sales"), world.queue("Support")
    visits = [
        ("+1", NOON, "answered"),
        ("+2", NOON, "answered"),
        ("+2", NOON + 2 * DAYS, "abandoned"),
        ("+3", NOON, "abandoned"),
        ("+3", NOON + timedelta(minutes=5), "answered"),
        ("+4", NOON - 3 * DAYS, "answered"),
        ("+4", NOON, "answered"),
        ("+5", NOON - 8 * DAYS, "answered"),
        ("+5", NOON + timedelta(minutes=1), "answered"),
        ("+5", NOON + 9 * DAYS, "answered"),
        ("+6", NOON, "answered"),
        ("+6", NOON + timedelta(hours=1), "turned-away"),
        ("", NOON, "answered"),
        ("", NOON + timedelta(minutes=2), "answered"),
    ]
    for caller, at, outcome in visits:
        visit(world, queue, caller, at, outcome)
    visit(world, other, "+1", NOON + timedelta(minutes=7))
    day = {"from": (NOON - timedelta(hours=12)).isoformat(), "to": (NOON + timedelta(hours=12)).isoformat()}
    path = f"/team/a{world.team.id}/statistics"
    rows = world.call(world.admin, "GET", path, params={**day, "by": "queue", "interval": "day"}).json()[
        "rows"
    ]
    sales = [row for row in rows if row["name"] == "Sales"]
    first = sum(row["first_contacts"] for row in sales)
    resolved = sum(row["first_contacts_resolved"] for row in sales)
    expected = recomputed(visits, NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    assert (first, resolved) == expected == (5, 4)
    (busy,) = [row for row in sales if row["first_contacts"]]
    assert busy["first_contact_resolution"] == pytest.approx(4 / 5)


@pytest.mark.unit
def test_what_is_not_known_yet_is_no_first_contact() -> None:
    week = CONTACT_WINDOW
    contacts = [Contact(100.0, None, None), Contact(200.0, None, 300.0), Contact(week, 50.0, None)]
    early = first_contacts(contacts, until=1000.0)
    assert (early.first_contacts, early.first_contacts_resolved) == (1, 0)
    late = first_contacts(contacts, until=3 * week)
    assert (late.first_contacts, late.first_contacts_resolved) == (2, 1)
    assert first_contacts([], until=0.0).first_contact_resolution is None


@pytest.mark.service
def test_adherence_as_recomputed_minute_by_minute(any_world: World) -> None:
    world = any_world
    with world.api.session() as session:
        session.get_one(Team, world.team.id).timezone = "Europe/Berlin"
    agent = world.agent(None, "Kate")
    plan = {"tue": [["09:00", "12:00"], ["13:00", "17:00"]], "mon": [["22:00", "02:00"]]}
    path = f"/CCAgentConfig/a{agent.id}"
    shown = world.call(world.admin, "PATCH", path, json={"schedule": plan})
    assert (shown.status_code, shown.json()["schedule"]) == (200, plan), shown.text
    spells = [
        (local(2026, 10, 20, 1), local(2026, 10, 20, 3), "Available"),
        (local(2026, 10, 20, 9, 30), local(2026, 10, 20, 12, 30), "Available"),
        (local(2026, 10, 20, 12, 30), local(2026, 10, 20, 14), "Break"),
        (local(2026, 10, 20, 14), local(2026, 10, 20, 16), "Available"),
    ]
    world.api.add(
        *(
            AgentSpell(
                agent_id=agent.id, team_id=world.team.id, began_at=began, ended_at=ended, status=status
            )
            for began, ended, status in spells
        )
    )
    day = {"from": local(2026, 10, 20).isoformat(), "to": local(2026, 10, 21).isoformat(), "by": "agent"}
    base = f"/team/a{world.team.id}/statistics"
    (row,) = world.call(world.admin, "GET", base, params=day).json()["rows"]
    minutes = [local(2026, 10, 20) + timedelta(minutes=count) for count in range(24 * 60)]
    planned = [at for at in minutes if at.astimezone(BERLIN).hour in (0, 1, 9, 10, 11, 13, 14, 15, 16)]
    there = [at for at in minutes if any(b <= at < e and what == "Available" for b, e, what in spells)]
    both = set(planned) & set(there)
    assert (row["planned"], row["available"]) == (len(planned) * 60.0, len(there) * 60.0)
    assert row["adherence"] == pytest.approx(len(both) / len(planned), abs=1e-4)
    assert row["occupancy"] == 0.0
    hours = world.call(world.admin, "GET", base, params={**day, "interval": "hour"}).json()["rows"]
    assert sum(one["planned"] for one in hours) == row["planned"]


@pytest.mark.service
@pytest.mark.parametrize(
    "plan",
    [{"mon": [["9:00", "12:00"]]}, {"xxx": []}, {"mon": [["09:00"]]}, {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]},
     {"mon": [["22:00", "02:00"], ["23:00", "23:30"]]}, [], {"mon": [["09:00", "24:00"]]}],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(world: World, plan: object) -> None:
    answer = world.call(world.admin, "PATCH", f"/CCAgentConfig/a{world.agent().id}", json={"schedule": plan})
    assert answer.status_code == 400
    assert all(name.startswith("schedule") for name in answer.json()["response"])


# -- whole days, weeks and months ----------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("whole", "now", "start", "end"),
    [
        (Whole.DAY, local(2026, 10, 26, 6), local(2026, 10, 25), local(2026, 10, 26)),
        (Whole.WEEK, local(2026, 10, 26, 6), local(2026, 10, 19), local(2026, 10, 26)),
        (Whole.WEEK, local(2026, 10, 29, 6), local(2026, 10, 19), local(2026, 10, 26)),
        (Whole.MONTH, local(2026, 11, 1, 6), local(2026, 10, 1), local(2026, 11, 1)),
    ],
)
def test_the_last_whole_one(whole: Whole, now: datetime, start: datetime, end: datetime) -> None:
    assert last_whole(whole, now, BERLIN) == Period(start, end, BERLIN)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("whole", "now", "due"),
    [
        (Whole.DAY, local(2026, 10, 24, 6), local(2026, 10, 25, 6)),
        (Whole.DAY, local(2026, 10, 25, 5), local(2026, 10, 25, 6)),
        (Whole.WEEK, local(2026, 10, 26, 5), local(2026, 10, 26, 6)),
        (Whole.WEEK, local(2026, 10, 26, 6), local(2026, 11, 2, 6)),
        (Whole.MONTH, local(2026, 12, 31, 6), local(2027, 1, 1, 6)),
    ],
)
def test_when_the_next_mail_is_due(whole: Whole, now: datetime, due: datetime) -> None:
    assert next_time(whole, 6, now, BERLIN) == due


@pytest.mark.service
def test_each_queue_has_its_own_thresholds_and_ten_take_as_many_statements_as_two(
    any_world: World, counted: Counted
) -> None:
    world, statements = any_world, []
    for many in (2, 10):
        for number in range(many):
            fill(world, f"{many} {number}", good=20.0 if number % 2 else 50.0)
        # The first request of a caller also asks who they are.
        assert world.call(world.admin, "GET", "/user/me").is_success
        counted.clear()
        answer = world.call(world.admin, "GET", f"/team/a{world.team.id}/statistics?{asked('queue')}")
        statements.append(counted.tables)
        rows = {row["name"]: row for row in answer.json()["rows"]}
        assert [rows[f"{many} {n}"]["answered_in_threshold"] for n in range(many)] == [2, 1] * (many // 2)
        assert {row["offered"] for row in rows.values()} == {rows["2 0"]["offered"]}
    assert statements[0] == statements[1]
