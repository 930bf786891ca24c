"""Run a benchmark: `python -m bench NAME`, or `make bench ARGS="NAME ..."`. `--help` lists the names."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def dispatch(
    agents: Annotated[int, typer.Option(help="Agents who take calls.")] = 10,
    waiting: Annotated[int, typer.Option(help="Callers who wait.")] = 40,
    calls: Annotated[int, typer.Option(help="Calls of each of the four runs.")] = 400,
) -> None:
    """Measure the time from an agent's hang-up to the next INVITE at their phone, against Asterisk's Queue()."""
    from bench.dispatch import run

    run(agents, waiting, calls)


@app.command()
def control(rounds: Annotated[int, typer.Option(help="Calls of each kind of request.")] = 60) -> None:
    """Measure the time from a REST request to its effect at a telephone, against AMI's BlindTransfer and Park."""
    from bench.control import run

    run(rounds)


@app.command()
def survival(
    minutes: Annotated[float, typer.Option(help="How long.")] = 10,
    rate: Annotated[float, typer.Option(help="Calls a second.")] = 5,
    seed: Annotated[int, typer.Option(help="Of what is done with the talks.")] = 1,
) -> None:
    """Kill the engine every 20 seconds while talks are held, sent on, parked and joined: nobody may be cut off."""
    from bench.survival import run

    run(minutes, rate, seed)


@app.command()
def realtime(
    sockets: Annotated[int, typer.Option(help="Clients that are connected to one process.")] = 1000,
    slow: Annotated[int, typer.Option(help="Further ones that never read.")] = 20,
    rate: Annotated[int, typer.Option(help="Changes a second, each told to every client.")] = 100,
    seconds: Annotated[int, typer.Option(help="How many seconds.")] = 10,
) -> None:
    """Tell 1,000 sockets of 100 changes a second: the delay and the CPU of a delivered event, beside a bare one."""
    from bench.realtime import run

    run(sockets, slow, rate, seconds)


@app.command()
def console(
    agents: Annotated[int, typer.Option(help="Agents on the wallboard.")] = 500,
    queues: Annotated[int, typer.Option(help="Queues on the wallboard.")] = 50,
    rate: Annotated[int, typer.Option(help="Changes a second.")] = 100,
    seconds: Annotated[int, typer.Option(help="How many seconds; the bar of the heap is for 1,800.")] = 60,
) -> None:
    """Measure the web console in a real browser: sizes, paint, clicks, talks, and a wallboard of 500 agents."""
    from bench.console.run import run

    run(agents, queues, rate, seconds)


@app.command()
def load(
    rate: Annotated[int, typer.Option(help="Calls a second.")] = 20,
    seconds: Annotated[int, typer.Option(help="How many seconds.")] = 60,
    agents: Annotated[int, typer.Option(help="Agents who take calls.")] = 150,
    talk: Annotated[float, typer.Option(help="Seconds of talk.")] = 5,
) -> None:
    """Put the whole product under load: each call is answered, logged and recorded. Compare with a bare Dial."""
    from bench.load import run

    run(rate, seconds, agents, talk)


@app.command()
def capacity(
    agents: Annotated[int, typer.Option(help="Agents who take calls.")] = 200,
    first: Annotated[float, typer.Option(help="The first rate, in calls a second.")] = 6,
    seconds: Annotated[float, typer.Option(help="Seconds of each step.")] = 40,
    hold: Annotated[float, typer.Option(help="Seconds of twice the capacity.")] = 120,
    waiting: Annotated[int, typer.Option(help="Callers of whom the cost of waiting is measured.")] = 60,
) -> None:
    """Raise the rate until our engine, Queue() and a bare Dial fail. Then hold twice our capacity."""
    from bench.capacity import run

    raise typer.Exit(run(agents, first, seconds, hold, waiting))


@app.command()
def records(
    calls: Annotated[int, typer.Option(help="Calls whose records wait in the stream.")] = 1200,
    rate: Annotated[
        float, typer.Option(help="Calls a second of the paced run (a third as many calls).")
    ] = 20,
    idle: Annotated[float, typer.Option(help="Seconds in which the idle CPU is measured.")] = 10,
) -> None:
    """Measure the record writer's CPU for each call on both databases. Compare with a bare writer."""
    from bench.records import run

    run(calls, rate, idle)


@app.command()
def core(
    only: Annotated[str, typer.Option(help="Run only the benchmarks that match, as with pytest -k.")] = "",
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure the routing core: commands, memory, decision records, simulation, a big day."""
    import pytest

    folder = str(Path(__file__).parent / "core")
    plain = "addopts=--strict-markers --import-mode=importlib"
    arguments = [folder, "-q", "-m", "bench", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", plain]
    arguments += ["--benchmark-columns=median,rounds"]
    arguments += ["-k", only] if only else []
    arguments += [f"--benchmark-json={json}"] if json else []
    raise typer.Exit(pytest.main(arguments))


@app.command()
def transcription(
    model: Annotated[
        str, typer.Option(help="A packaged model, a folder, or a name that is fetched.")
    ] = "tiny.en",
    threads: Annotated[int, typer.Option(help="Processors; 0: half of the machine's.")] = 0,
    hours: Annotated[float, typer.Option(help="Also transcribe a recording of so many hours.")] = 0,
) -> None:
    """Measure the real-time factor and the word error rate of transcripts of telephone audio that is made here."""
    from bench.transcription import run

    run(model, threads, hours)


@app.command()
def erlang(
    agents: Annotated[str, typer.Option(help="Numbers of agents.")] = "1,2,5,10,20,50,100,200,500",
    replications: Annotated[int, typer.Option(help="Independent runs of each queue.")] = 20,
    calls: Annotated[int, typer.Option(help="Calls measured in each.")] = 2000,
    processes: Annotated[int, typer.Option(help="Runs at the same time.")] = 2,
) -> None:
    """Compare simulated queues with Erlang C and Erlang A. The whole grid takes a quarter of an hour or more."""
    from bench.erlang import measure

    raise typer.Exit(measure([int(count) for count in agents.split(",")], replications, calls, processes))


@app.command()
def api(
    seconds: Annotated[float, typer.Option(help="Seconds of each cell, on each side.", min=0.5)] = 3,
    clients: Annotated[str, typer.Option(help="Numbers of concurrent clients.")] = "1,8,64",
    databases: Annotated[str, typer.Option(help="Kinds of database.")] = "sqlite,postgresql",
    only: Annotated[str, typer.Option(help="Some of row,list,call-log,write,beside, or team.")] = "",
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure rates, percentiles and CPU of the REST api against a bare ASGI app. Check the goals."""
    from bench.api.measuring import Asked
    from bench.api.run import run

    wanted = [part for part in only.split(",") if part]
    asked = Asked(seconds, [int(count) for count in clients.split(",")], databases.split(","), wanted)
    raise typer.Exit(run(asked, json))


@app.command()
def inbox(
    conversations: Annotated[int, typer.Option(help="Conversations.", min=100)] = 100_000,
    messages: Annotated[int, typer.Option(help="Messages in all of them.", min=1000)] = 1_000_000,
    seconds: Annotated[float, typer.Option(help="Seconds of each cell, on each side.", min=0.5)] = 3,
    clients: Annotated[str, typer.Option(help="Numbers of concurrent clients.")] = "1,8",
    databases: Annotated[str, typer.Option(help="Kinds of database.")] = "sqlite,postgresql",
    only: Annotated[str, typer.Option(help="Some of the operations that it prints.")] = "",
    json: Annotated[Path | None, typer.Option(help="Where to write all figures.")] = None,
) -> None:
    """Measure the customer inbox: each filter, deep pages, unread counts and ingest, beside the same SQL bare."""
    from bench.api.measuring import Asked
    from bench.inbox.run import run

    wanted = [part for part in only.split(",") if part]
    asked = Asked(seconds, [int(count) for count in clients.split(",")], databases.split(","), wanted)
    raise typer.Exit(run(asked, conversations, messages, json))


if __name__ == "__main__":
    app()
