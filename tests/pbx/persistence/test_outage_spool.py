from pathlib import Path

import pytest

from pbx.persistence.outage_spool import Spool
from pbx.persistence.store import Batch

pytestmark = pytest.mark.unit

JOURNAL = ("J", "1-1", "{}")
RECORD = ("R", '{"type":"call"}')


def test_what_is_appended_is_read_back_by_the_next_engine_under_the_same_id(spools: Path) -> None:
    spool = Spool.claim(spools)
    spool.append([Batch(1, 1, (JOURNAL, RECORD)), Batch(1, 2, (RECORD,))])
    spool.close()
    again = Spool.claim(spools)
    assert again.engine == spool.engine
    assert again.read(0)[0] == [Batch(1, 1, (JOURNAL, RECORD)), Batch(1, 2, (RECORD,))]


def test_reading_goes_on_where_it_stopped(spools: Path) -> None:
    spool = Spool.claim(spools)
    spool.append(Batch(1, number, (RECORD,)) for number in range(5))
    first, position = spool.read(0, most=3)
    second, end = spool.read(position, most=3)
    assert [batch.sequence for batch in first + second] == [0, 1, 2, 3, 4]
    assert spool.read(end)[0] == []


def test_two_living_engines_never_share_a_spool(spools: Path) -> None:
    first, second = Spool.claim(spools), Spool.claim(spools)
    assert first.engine != second.engine


def test_live_views_events_and_snapshots_are_not_kept(spools: Path) -> None:
    spool = Spool.claim(spools)
    spool.append(
        [
            Batch(1, 1, (("L", "call", "x", "{}"), ("E", "{}"), ("S", "{}"), RECORD)),
            Batch(1, 2, (("E", "{}"),)),
        ]
    )
    assert spool.read(0)[0] == [Batch(1, 1, (RECORD,))]


def test_a_line_that_a_crash_cut_short_is_dropped_and_the_next_one_is_whole(spools: Path) -> None:
    spool = Spool.claim(spools)
    spool.append([Batch(1, 1, (RECORD,))])
    spool.close()
    path = next(spools.glob("*.spool"))
    with path.open("ab") as file:
        file.write(b'[1,2,[["R","{')
    again = Spool.claim(spools)
    again.append([Batch(1, 3, (RECORD,))])
    assert [batch.sequence for batch in again.read(0)[0]] == [1, 3]


def test_an_emptied_spool_is_empty(spools: Path) -> None:
    spool = Spool.claim(spools)
    spool.append([Batch(1, 1, (RECORD,))])
    spool.clear()
    assert spool.size == 0
    assert spool.read(0)[0] == []


def test_a_full_spool_keeps_records_longer_than_the_journal_and_tells_what_it_lost(spools: Path) -> None:
    spool = Spool.claim(spools, most_bytes=400)
    lost = spool.append(Batch(1, number, (JOURNAL, RECORD)) for number in range(20))
    kept = [op[0] for batch in spool.read(0)[0] for op in batch.ops]
    assert spool.size <= 400
    assert 0 < kept.count("J") < kept.count("R") < 20
    assert lost == {"J": 20 - kept.count("J"), "R": 20 - kept.count("R")}
    assert kept.index("R") == 1
    assert "J" not in kept[2 * kept.count("J") :], "what is kept of the journal has no hole"


def test_an_emptied_spool_takes_everything_again(spools: Path) -> None:
    spool = Spool.claim(spools, most_bytes=100)
    assert spool.append(Batch(1, number, (JOURNAL,)) for number in range(9))
    spool.clear()
    assert not spool.append([Batch(1, 10, (JOURNAL,))])


@pytest.mark.parametrize(
    "line",
    [
        "[1,2]",
        "{}",
        '[1,2,[["J","1-1"]]]',
        '[1,2,[["X","{}"]]]',
        '[1,2,[["R",7]]]',
        "[1,2,[[]]]",
        '["1",2,[]]',
    ],
)
def test_a_line_that_is_no_batch_holds_up_no_other(spools: Path, line: str) -> None:
    spool = Spool.claim(spools)
    spool.append([Batch(1, 1, (RECORD,))])
    spool.close()
    with next(spools.glob("*.spool")).open("ab") as file:
        file.write(line.encode() + b"\n")
    again = Spool.claim(spools)
    again.append([Batch(1, 3, (RECORD,))])
    assert [batch.sequence for batch in again.read(0)[0]] == [1, 3]
