"""`python -m bench dispatch|load`: what `make bench ARGS=...` starts."""

from typing import Annotated

import typer

app = typer.Typer(help=__doc__, no_args_is_help=True)


@app.command()
def dispatch(
    agents: Annotated[int, typer.Option(help="Agents who take calls.")] = 10,
    waiting: Annotated[int, typer.Option(help="Callers kept waiting.")] = 40,
    calls: Annotated[int, typer.Option(help="Calls of each of the four runs.")] = 400,
) -> None:
    """From an agent's hang-up to the next INVITE at its phone, against Asterisk's own Queue()."""
    from bench.dispatch import run

    run(agents, waiting, calls)


@app.command()
def load(
    rate: Annotated[int, typer.Option(help="Calls a second.")] = 20,
    seconds: Annotated[int, typer.Option(help="For how long.")] = 60,
    agents: Annotated[int, typer.Option(help="Agents who take calls.")] = 150,
    talk: Annotated[float, typer.Option(help="Seconds of talk.")] = 5,
) -> None:
    """The whole product under load: every call answered, logged once and recorded; beside it a bare Dial."""
    from bench.load import run

    run(rate, seconds, agents, talk)


if __name__ == "__main__":
    app()
