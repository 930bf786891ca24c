"""The plans that a member may have: a price list that no operation changes, so it needs no table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    name: str
    code: str
    price: str
    country: str
    default_plan: bool
    currency: str | None = None


PLANS = (
    Plan("b3df0f92b7b953ba99e278ae77537db0", "Pro", "debriefpro", "20", "united states", default_plan=True),
    Plan(
        "00716cfa293f68439b4fe1162ba906da",
        "Unlimited",
        "debriefunlimited",
        "30",
        "united states",
        default_plan=False,
    ),
)
"""The document's two plans."""


def plan_named(value: str) -> Plan | None:
    """Return the plan with this id or code."""
    return next((plan for plan in PLANS if value in (plan.id, plan.code)), None)
