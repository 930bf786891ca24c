"""An API that is asked with the access token of a grant."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from providers.integrations.base import Grant, ProviderError
from providers.integrations.http import Json, error_of, send
from providers.integrations.oauth import OAuth

SPARE = timedelta(minutes=1)
"""A token that ends this soon is refreshed first."""


class Rest:
    """The API of one user. `keep` is called with each new grant."""

    def __init__(self, oauth: OAuth, grant: Grant, keep: Callable[[Grant], None]) -> None:
        self._oauth, self._grant = oauth, grant
        self.keep = keep

    def ask(self, method: str, url: str, *, headers: dict[str, str] | None = None, **request: Any) -> Json:
        """Make a request and return its JSON. A token that is refused is refreshed once.

        Raises ProviderError, or what `error_of` makes of the answer.
        """
        ends = self._grant.expires_at
        ends_soon = ends is not None and ends - datetime.now(UTC) < SPARE
        if ends_soon:
            self._refresh()
        answer = send(self._oauth.service, method, url, headers=self._headers(headers), **request)
        if answer.status == 401 and not ends_soon:
            self._refresh()
            answer = send(self._oauth.service, method, url, headers=self._headers(headers), **request)
        if not answer.is_success:
            raise error_of(self._oauth.service, answer)
        return answer.body

    def _headers(self, headers: dict[str, str] | None) -> dict[str, str]:
        return {**(headers or {}), "Authorization": f"Bearer {self._grant.access_token}"}

    def _refresh(self) -> None:
        self._grant = self._oauth.refresh(self._grant)
        self.keep(self._grant)


P = ParamSpec("P")
R = TypeVar("R")


def documented(service: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Raise ProviderError if an answer has another shape than the one that the provider documents."""

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        @wraps(method)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(*args, **kwargs)
            except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
                raise ProviderError(
                    f"{service}: an answer is not as documented: {type(error).__name__}"
                ) from error

        return checked

    return decorate
