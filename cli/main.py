"""The command `switchroom`: run the system, start one of its processes, look after jobs, study calls.

Each command imports what it needs when it runs, so that no process loads the packages of another.
"""

import os
import sys
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated

import typer
from redis import Redis
from rich.console import Console
from rich.table import Table

from analysis.simulate.command import simulate
from cli.admin import app as admin
from cli.outages import Commands
from cli.outbound import outbound
from cli.trunks import trunks
from switchroom import garbage
from switchroom.settings import get_settings

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
jobs = typer.Typer(help="Background jobs: recordings, transcripts, mail.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")
app.add_typer(outbound, name="outbound")
app.add_typer(trunks, name="trunks")
app.add_typer(admin, name="admin")
console = Console()


@app.callback()
def prepare() -> None:
    """The contact-center engine that a company runs on its own Asterisk."""
    # Whatever a command makes is for its own user, from the first moment.
    os.umask(0o077)


@app.command()
def run(demo: Annotated[bool, typer.Option(help="Seed the demo team and print its card.")] = True) -> None:
    """Start the whole system on this machine and stay until Ctrl-C."""
    from cli.run.foreground import run

    raise typer.Exit(run(console, demo=demo))


@app.command("demo-call")
def demo_call(
    digit: Annotated[str, typer.Option(help="What the caller presses in the menu.")] = "1",
    seconds: Annotated[int, typer.Option(help="How long they talk.", min=1, max=600)] = 6,
) -> None:
    """Make a real call through the running system and show each step."""
    from cli.demo.command import demo_call

    raise typer.Exit(demo_call(console, digit=digit, seconds=seconds))


@app.command()
def api() -> None:
    """Serve the REST API."""
    garbage.pause()
    from api.main import serve

    serve(get_settings())


@app.command()
def engine() -> None:
    """Run the engine: Asterisk on one side, the routing core on the other."""
    garbage.pause()
    from pbx.main import main

    main()


@app.command("record-writer")
def record_writer() -> None:
    """Write the engine's records to the database and relay the outbox."""
    garbage.pause()
    from workers.records.record_writer import main

    main()


@app.command("mail-reader")
def mail_reader() -> None:
    """Read the mailboxes of the inbox."""
    garbage.pause()
    from workers.mailboxes.process import main

    main()


@app.command()
def worker(
    queue: Annotated[
        str, typer.Argument(help="`default`, `transcripts`, or `recordings`: those of this machine's node.")
    ],
) -> None:
    """Run the jobs of one queue."""
    garbage.pause()
    from workers.main import main

    main([queue])


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from switchroom.database import upgrade

    upgrade(get_settings().database_url)
    console.print("The database's schema is the newest.")


@app.command()
def asterisk() -> None:
    """Write this node's Asterisk configuration from the settings (`asterisk-config/run.sh` starts it)."""
    from cli.run.asterisk_config import render
    from cli.run.foreground import asterisk_instance

    instance = asterisk_instance(get_settings())
    render(instance)
    console.print(f"Written to {instance.home}", highlight=False)


@app.command("add-numbers")
def add_numbers(
    numbers: Annotated[list[str], typer.Argument(help="DID numbers in E.164, for example +14165550100.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code.")] = "",
    state: Annotated[str, typer.Option(help="Code of the state or province.")] = "",
    city: str = "",
) -> None:
    """Put DID numbers that a trunk delivers into the local pool. Teams take their numbers from it."""
    from models import number_inventory

    added = number_inventory.add_numbers(numbers, country=country, state=state, city=city)
    console.print(f"Added: {', '.join(added) or 'none, all were there'}", highlight=False)


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Segments of var/engine/journal, oldest first.")],
    agent: Annotated[
        str, typer.Option(help="Explain why this agent (id) was not rung, with --call or --at.")
    ] = "",
    call: Annotated[str, typer.Option(help="Id of a call.")] = "",
    at: Annotated[str, typer.Option(help="A time: 2026-01-05T12:00:00Z or POSIX seconds.")] = "",
) -> None:
    """Replay recorded events: exit 0 if the core gives the same commands, 1 and the first difference if not."""
    if agent:
        from analysis.replay.explain import explain

        raise typer.Exit(explain(console, files, agent, call=call, at=at))
    from analysis.replay.command import replay

    raise typer.Exit(replay(console, files))


app.command()(simulate)


@app.command("what-if")
def what_if(
    files: Annotated[list[Path], typer.Argument(help="Segments of var/engine/journal, oldest first.")],
    strategy: Annotated[str, typer.Option(help="Strategies to try: longest-idle,ring-all.")] = "recorded",
    agents: Annotated[
        str, typer.Option(help="Agents to try: two more, one fewer, or exactly twelve: +2,-1,12.")
    ] = "recorded",
    skills: Annotated[
        str, typer.Option(help="Skills to try: none (no call needs a skill), german=3 (every agent has it).")
    ] = "recorded",
    queue: Annotated[
        str, typer.Option(help="Id or name of one queue. Without it: every queue that had calls.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Serve recorded calls again with other strategies, skills or agents, and print the figures side by side."""
    from analysis.replay.what_if import Options, what_if

    strategies, staffs, needs = (tuple(filter(None, text.split(","))) for text in (strategy, agents, skills))
    options = Options(strategies, staffs, needs, queue=queue, seed=seed)
    raise typer.Exit(what_if(console, files, options, as_json=as_json))


@app.command("check-route")
def check_route(
    route: Annotated[str, typer.Argument(help="A JSON file, or the id of a route of the database.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Walk every way through a call route; exit status 1 if something is wrong with it."""
    from analysis.check_route import check_route

    raise typer.Exit(check_route(console, route, as_json=as_json))


@jobs.command("failed")
def jobs_failed() -> None:
    """List the jobs that used up their tries."""
    from workers.failed import failed_jobs

    failed = failed_jobs(Redis.from_url(get_settings().redis_url))
    table = Table("id", "queue", "failed at", "error", box=None)
    for job in failed:
        at = job.failed_at.isoformat(timespec="seconds") if job.failed_at else ""
        table.add_row(job.id, job.queue, at, job.error)
    if failed:
        console.print(table)
    else:
        console.print("No job has failed.")


@jobs.command("retry")
def jobs_retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Job ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Retry every failed job.")] = False,
) -> None:
    """Put failed jobs back in their queues, with all their tries."""
    if not ids and not every:
        console.print("Name the jobs (see `switchroom jobs failed`), or say --all.")
        raise typer.Exit(2)
    from workers.failed import retry_jobs

    again = retry_jobs(Redis.from_url(get_settings().redis_url), *(ids or []))
    unknown = set(ids or []) - set(again)
    console.print(f"Retried: {', '.join(again) or 'none'}")
    if unknown:
        console.print(f"Not among the failed jobs: {', '.join(sorted(unknown))}")
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    console.print(package_version("switchroom"), highlight=False)


if __name__ == "__main__":
    sys.exit(app())
