"""The error that ends a run, with its reason and its remedy."""


class RunError(Exception):
    """`reason` says what is wrong, `remedy` what the reader can do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}\n  What to do: {remedy}")
        self.reason = reason
        self.remedy = remedy
