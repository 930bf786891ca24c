"""AMI's errors. `AmiError` is the root of all but `UnsafeValue`, which is a `ValueError`."""


class AmiError(Exception):
    """An action was not carried out, or it is not known whether it was."""


class ConnectionLost(AmiError):
    """The connection went away before the answer came. The action is never sent again by the client."""


class NotConnected(AmiError):
    """There is no logged-in connection now: the action was not sent."""


class ActionTimeout(AmiError):
    """Asterisk did not answer the action in time. A late answer is dropped."""


class LoginRefused(AmiError):
    """Asterisk refused the user name or the secret."""


class UnsafeValue(ValueError):
    """A value that could mean something else to AMI, AGI or Dial. `field` names its place in the action."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
