"""The countries of ISO 3166-1, as pycountry has them."""

from uuid import NAMESPACE_URL, uuid5

import pycountry

from api.conventions.resource import Shown
from switchroom.ids import public_id
from switchroom.texts import fold

FIRST = ("US", "CA")


def _show(country: "pycountry.db.Country") -> Shown:
    # The id has to be the same in every process and release.
    id = uuid5(NAMESPACE_URL, f"urn:iso:std:iso:3166:{country.alpha_2}").hex
    return {
        "code": country.alpha_2,
        "name": getattr(country, "common_name", country.name),
        "id": public_id(id),
    }


def _order(country: Shown) -> tuple[int, str]:
    place = FIRST.index(country["code"]) if country["code"] in FIRST else len(FIRST)
    return place, fold(country["name"])


COUNTRIES = sorted(map(_show, pycountry.countries), key=_order)
"""All countries: the United States and Canada, then the others by name."""
