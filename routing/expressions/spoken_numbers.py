"""Numbers as sounds of Asterisk's core library, in English: `number(23)` is `digits/20`, `digits/3`."""

MAX_NUMBER = 999_999


def number(value: int) -> tuple[str, ...]:
    """Return a cardinal number. A number below 0 is read as 0, one above 999,999 as 999,999."""
    value = min(max(value, 0), MAX_NUMBER)
    thousands, rest = divmod(value, 1000)
    if not thousands:
        return _below_thousand(rest)
    return (*_below_thousand(thousands), "digits/thousand", *(_below_thousand(rest) if rest else ()))


def _below_thousand(value: int) -> tuple[str, ...]:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    return (f"digits/{hundreds}", "digits/hundred", *(_below_hundred(rest) if rest else ()))


def _below_hundred(value: int) -> tuple[str, ...]:
    if value <= 20:
        return (f"digits/{value}",)
    tens, units = divmod(value, 10)
    return (f"digits/{tens}0", f"digits/{units}") if units else (f"digits/{tens}0",)


def minutes(value: int) -> tuple[str, ...]:
    return (*number(value), "queue-minute" if value == 1 else "queue-minutes")


def duration(seconds: float) -> tuple[str, ...]:
    """Return `two minutes five seconds`: whole seconds, and only minutes from ten minutes on."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _seconds(whole)
    full, rest = divmod(whole, 60)
    return minutes(full) + (_seconds(rest) if rest and full < 10 else ())


def _seconds(value: int) -> tuple[str, ...]:
    return (*number(value), "second" if value == 1 else "queue-seconds")
