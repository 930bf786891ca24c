"""The command `switchroom`: starts any process by its module's name, runs the system, looks after jobs."""

import sys
from importlib import import_module
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any

import typer
from redis import Redis
from rich.console import Console
from rich.table import Table

from analysis.simulate.options import simulate
from switchroom.settings import get_settings

app = typer.Typer(
    help="The contact-center engine that a company runs on its own Asterisk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
jobs = typer.Typer(help="Background jobs: recordings, transcripts, mail.", no_args_is_help=True)
app.add_typer(jobs, name="jobs")
console = Console()


def _of(place: str) -> Any:
    """The object named `module:attribute`, imported now: no process loads another's rooms."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


@app.command()
def run(demo: Annotated[bool, typer.Option(help="Seed the demo team and print its card.")] = True) -> None:
    """Start the whole system on this machine and stay until Ctrl-C."""
    raise typer.Exit(_of("cli.run.foreground:run")(console, demo=demo))


@app.command("demo-call")
def demo_call(
    digit: Annotated[str, typer.Option(help="What the caller presses in the menu.")] = "1",
    seconds: Annotated[int, typer.Option(help="How long they talk.", min=1, max=600)] = 6,
) -> None:
    """Make a real call through the running system and show each step."""
    raise typer.Exit(_of("cli.demo.command:demo_call")(console, digit=digit, seconds=seconds))


@app.command()
def api() -> None:
    """Serve the REST API."""
    import uvicorn

    from switchroom.logs import configure_logs

    settings = get_settings()
    configure_logs("api", settings.log_level)
    uvicorn.run(
        "api.main:app",
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )


@app.command()
def engine() -> None:
    """Run the engine: Asterisk on one side, the routing core on the other."""
    _of("pbx.main:main")()


@app.command("record-writer")
def record_writer() -> None:
    """Write the engine's records to the database and relay the outbox."""
    _of("workers.records.record_writer:main")()


@app.command()
def worker(
    queue: Annotated[str, typer.Argument(help="`default`, or `recordings`: those of this machine's node.")],
) -> None:
    """Run the jobs of one queue."""
    _of("workers.main:main")([queue])


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = get_settings()
    _of("switchroom.database:upgrade")(settings.database_url)
    console.print("The database's schema is the newest.")


@app.command()
def asterisk() -> None:
    """Write this node's Asterisk configuration from the settings (`asterisk-config/run.sh` starts it)."""
    instance = _of("cli.run.foreground:asterisk_instance")(get_settings())
    _of("cli.run.asterisk_config:render")(instance)
    console.print(f"Written to {instance.home}", highlight=False)


@app.command("add-numbers")
def add_numbers(
    numbers: Annotated[list[str], typer.Argument(help="DID numbers in E.164, for example +14165550100.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code.")] = "",
    state: Annotated[str, typer.Option(help="Code of the state or province.")] = "",
    city: str = "",
) -> None:
    """Put DID numbers that a trunk brings here into the local pool, from which teams take theirs."""
    added = _of("models.number_inventory:add_numbers")(numbers, country=country, state=state, city=city)
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
        explain = _of("analysis.replay.explain:explain")
        raise typer.Exit(explain(console, files, agent, call=call, at=at))
    raise typer.Exit(_of("analysis.replay.command:replay")(console, files))


app.command()(simulate)


@app.command("what-if")
def what_if(
    files: Annotated[list[Path], typer.Argument(help="Segments of var/engine/journal, oldest first.")],
    strategy: Annotated[str, typer.Option(help="Strategies to try: longest-idle,ring-all.")] = "recorded",
    agents: Annotated[
        str, typer.Option(help="Agents to try: more, fewer, or so many: +2,-1,12.")
    ] = "recorded",
    skills: Annotated[
        str, typer.Option(help="Skills to try: none (nobody needs any), german=3 (every agent has it).")
    ] = "recorded",
    queue: Annotated[str, typer.Option(help="Id or name of a queue; all that had calls.")] = "",
    seed: Annotated[int, typer.Option(help="Of what is drawn at random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Serve recorded calls again with other strategies, skills or agents, and print the figures side by side."""
    lists = [tuple(filter(None, text.split(","))) for text in (strategy, agents, skills)]
    options = _of("analysis.replay.what_if:Options")(*lists, queue=queue, seed=seed)
    raise typer.Exit(_of("analysis.replay.what_if:what_if")(console, files, options, as_json=as_json))


@app.command("check-route")
def check_route(
    route: Annotated[str, typer.Argument(help="A JSON file, or the id of a route of the database.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Walk every way through a call route; exit status 1 if something is wrong with it."""
    raise typer.Exit(_of("analysis.check_route:check_route")(console, route, as_json=as_json))


@jobs.command("failed")
def jobs_failed() -> None:
    """List the jobs that used up their tries."""
    failed = _of("workers.failed:failed_jobs")(Redis.from_url(get_settings().redis_url))
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
    again = _of("workers.failed:retry_jobs")(Redis.from_url(get_settings().redis_url), *(ids or []))
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
