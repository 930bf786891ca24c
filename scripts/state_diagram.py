"""Draw the states of a call from `routing.state.phases.MOVES`.

`python scripts/state_diagram.py` puts the picture into docs/routing.md, between its marks.
"""

from pathlib import Path

from routing.state.phases import GUARDS, MOVES, CallPhase

BEGIN = "<!-- drawn by scripts/state_diagram.py -->"
END = "<!-- end -->"
ENDINGS = (CallPhase.ENDING, CallPhase.ENDED)


def mermaid() -> str:
    """Return a Mermaid `stateDiagram-v2`. The moves to the ending phases are left out: a caller may hang up in any
    phase."""
    lines = ["stateDiagram-v2", "    [*] --> routing: CallEntered", "    [*] --> calling: LaunchCallback"]
    for phase, following in MOVES.items():
        lines += [f"    {phase} --> {target}" for target in sorted(following - set(ENDINGS))]
    lines.append(f"    {CallPhase.ENDING} --> {CallPhase.ENDED}")
    lines.append(f"    {CallPhase.ENDED} --> [*]: LogCall")
    for phase in CallPhase:
        if phase in GUARDS:
            lines.append(f"    note right of {phase}: guard {GUARDS[phase]:g} s")
    return "\n".join(lines)


def replaced(document: str) -> str:
    """Return the document with the present diagram. Raise ValueError if it has no marks."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"the document must contain {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{after}"


def main() -> None:
    path = Path(__file__).parent.parent / "docs/routing.md"
    path.write_text(replaced(path.read_text()))


if __name__ == "__main__":
    main()
