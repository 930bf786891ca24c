"""Where a team is: its country by code, and the time zone of that place."""

import unicodedata
from functools import lru_cache
from importlib.resources import files

import pycountry

# The zone in which most people of the country live, where it has several.
_MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
}
_CENTRAL, _MOUNTAIN, _PACIFIC = "America/Chicago", "America/Denver", "America/Los_Angeles"
# The zone in which most people of the state live, where it is not the country's main one.
_STATE_ZONES = {
    "US": {
        **dict.fromkeys(
            ["AL", "AR", "IL", "IA", "KS", "LA", "MN", "MS", "MO", "NE", "ND", "OK", "SD", "TN", "TX", "WI"],
            _CENTRAL,
        ),
        **dict.fromkeys(["CO", "ID", "MT", "NM", "UT", "WY"], _MOUNTAIN),
        **dict.fromkeys(["CA", "NV", "OR", "WA"], _PACIFIC),
        "AZ": "America/Phoenix",
        "AK": "America/Anchorage",
        "HI": "Pacific/Honolulu",
        "PR": "America/Puerto_Rico",
    },
    "CA": {
        **dict.fromkeys(["AB", "NT"], "America/Edmonton"),
        **dict.fromkeys(["NS", "PE"], "America/Halifax"),
        "BC": "America/Vancouver",
        "MB": "America/Winnipeg",
        "NB": "America/Moncton",
        "NL": "America/St_Johns",
        "NU": "America/Iqaluit",
        "SK": "America/Regina",
        "YT": "America/Whitehorse",
    },
    "AU": {
        "NT": "Australia/Darwin",
        "QLD": "Australia/Brisbane",
        "SA": "Australia/Adelaide",
        "TAS": "Australia/Hobart",
        "VIC": "Australia/Melbourne",
        "WA": "Australia/Perth",
    },
}


def state_code(country: str, name: str) -> str:
    """Return the code (`ON`) of a state's code or name, or the name in upper case if it is not known."""
    wanted = name.strip().upper()
    states = pycountry.subdivisions.get(country_code=country)  # type: ignore[no-untyped-call]
    for state in states or ():
        code = str(state.code).split("-", 1)[1]
        if wanted in (code, str(state.name).upper()):
            return code
    return wanted


@lru_cache
def _zones() -> dict[str, list[str]]:
    """Return country code -> its zones, from the table of the time-zone data."""
    zones: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo/zone.tab").read_text().splitlines():
        if not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            zones.setdefault(code, []).append(zone)
    return zones


def zone_of(country: str, state: str, city: str) -> str:
    """Return the IANA zone of a place: the city's own if there is one, else its state's, else the country's main one.

    `country` is alpha-2, `state` a code. `UTC` if the country is not known.
    """
    zones = _zones().get(country, [])
    wanted = _plain(city)
    for zone in zones:
        if wanted and _plain(zone.rsplit("/", 1)[-1]) == wanted:
            return zone
    by_state = _STATE_ZONES.get(country, {}).get(state)
    return by_state or _MAIN_ZONES.get(country) or (zones[0] if zones else "UTC")


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.strip().lower())
    return "".join(char for char in decomposed if char.isalpha() and char.isascii())
