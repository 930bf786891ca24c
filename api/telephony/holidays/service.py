"""The public holidays of countries, from the package `holidays`."""

from datetime import date

from api.core.errors import ValidationFailed


def public_holidays(country: str, subdivision: str | None, years: range) -> dict[date, str]:
    """Return the names of the country's public holidays in these years, by date. Raises ValidationFailed."""
    # To import the package takes more than half a second, and few processes ever need it.
    from holidays import country_holidays, list_supported_countries

    parts = list_supported_countries(include_aliases=True).get(country)
    if parts is None:
        raise ValidationFailed({"country": f"The holidays of {country} are not known"})
    if subdivision is not None and subdivision not in parts:
        known = ", ".join(parts) or "it has none"
        raise ValidationFailed({"subdivision": f"Not a part of {country}: {known}"})
    return dict(country_holidays(country, subdiv=subdivision, years=years))
