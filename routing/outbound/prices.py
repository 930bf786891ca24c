"""What a minute to a destination costs: by its country and class, and the most specific price counts.

`{"mobile": 0.2, "DE": 0.02, "DE/mobile": 0.1}`: a minute to a mobile of Germany costs 0.1, one to another number of
Germany 0.02, and one to a mobile of any other country 0.2. What has no price costs nothing.
"""

from collections.abc import Mapping

from routing.outbound.destinations import Destination


def price(prices: Mapping[str, float], to: Destination) -> float:
    """Return what a minute to the destination costs: of a number that may be of two classes, the dearer one counts."""
    return max((_price(prices, to.country, str(of)) for of in to.classes), default=0.0)


def _price(prices: Mapping[str, float], country: str, of: str) -> float:
    names = (f"{country}/{of}", country, of)
    return next((prices[name] for name in names if name in prices), 0.0)
