"""How often wrong PINs were entered for a mailbox: who guesses is slowed down, and then shut out for a while."""

from dataclasses import dataclass

FREE = 5
"""Wrong PINs in a row, over all calls, after which no PIN is taken for a while."""
SHUT, LONGEST = 60.0, 3600.0
"""Seconds for which that is so the first time; it doubles with each further wrong PIN, up to the longest."""


@dataclass(slots=True)
class PinTries:
    """Wrong PINs in a row for one mailbox. A right one ends it."""

    mailbox: str
    """`<team>:<kind>:<owner>`."""
    wrong: int = 0
    shut_until: float = 0.0

    def is_shut(self, now: float) -> bool:
        return now < self.shut_until

    def failed(self, now: float) -> None:
        """Note a wrong PIN."""
        self.wrong += 1
        if self.wrong >= FREE:
            self.shut_until = now + min(LONGEST, SHUT * 2 ** min(self.wrong - FREE, 10))

    @property
    def pause(self) -> int:
        """Seconds of silence that the caller hears before the answer to a wrong PIN."""
        return min(self.wrong, 9)
