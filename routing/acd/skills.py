"""Skills: what a waiter needs of an agent by now, and whether an agent has them."""

from functools import lru_cache

from routing.config import Relaxation, SkillNeed
from routing.state.groups import Needs, Skills


@lru_cache(maxsize=4096)
def effective(queue: tuple[SkillNeed, ...], own: tuple[SkillNeed, ...], lower: int) -> Needs:
    """Return the needs of queue and waiter together, with required levels lowered by `lower`.

    The same skill twice counts once, with the higher level, and is required if one of them is. A required level that
    falls below 1 is no need any more.
    """
    merged: dict[str, tuple[int, bool]] = {}
    for need in (*queue, *own):
        level, required = merged.get(need.skill, (0, False))
        merged[need.skill] = (max(level, need.level), required or need.required)
    lowered = (
        (skill, level - lower if required else level, required)
        for skill, (level, required) in sorted(merged.items())
    )
    return tuple(need for need in lowered if need[1] >= 1)


def met(skills: Skills, needs: Needs) -> int | None:
    """Return how many of the preferred needs an agent meets; None if they lack a required one."""
    levels, count = dict(skills), 0
    for skill, level, required in needs:
        enough = levels.get(skill, 0) >= level
        if required and not enough:
            return None
        count += enough and not required
    return count


def lowest(steps: tuple[Relaxation, ...]) -> int:
    """Return by how much required levels are lowered in the end."""
    return max(steps, key=lambda step: step.after).lower if steps else 0


def lowered(steps: tuple[Relaxation, ...], waited: float) -> tuple[int, float | None]:
    """Return by how much required levels are lowered after `waited` seconds, and after how many they will be next."""
    reached = max((step for step in steps if step.after <= waited), key=lambda step: step.after, default=None)
    coming = min((step.after for step in steps if step.after > waited), default=None)
    return (0 if reached is None else reached.lower), coming
