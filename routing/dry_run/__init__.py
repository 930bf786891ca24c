"""A dry run: the way of a made-up call through a route, and the reason for each step. No call is made.

The real `Engine` decides. It runs in a throw-away world, in which a scripted network answers its commands.
"""

from routing.dry_run.assumptions import Assumed, DryStep, problems
from routing.dry_run.rehearsal import dry_run

__all__ = ["Assumed", "DryStep", "dry_run", "problems"]
