"""A small client of our own REST API, for seeding and for the demo call."""

from typing import Any

import httpx

from cli.errors import RunError

JSON = dict[str, Any]


class ApiError(RunError):
    """The API refused a request. `status` is HTTP's."""

    def __init__(self, what: str, answer: httpx.Response) -> None:
        super().__init__(f"{what} answered {answer.status_code}: {answer.text[:500]}", "read var/log/api.log")
        self.status = answer.status_code


class ApiClient:
    """A client with the token of one user, or without a token. `base` is the api's address without a path."""

    def __init__(self, base: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._base = base.rstrip("/")
        self._http = httpx.Client(base_url=self._base, headers=headers, timeout=15)

    def signed_in(self, email: str, password: str, application: JSON) -> "ApiClient":
        """Sign in and return a client for this user. Raises ApiError (401) if one of the three is wrong."""
        answer = self.call(
            "POST",
            "/auth/login-user",
            {
                "grant_type": "password",
                "username": email,
                "password": password,
                "client_id": application["client_id"],
                "client_secret": application["client_secret"],
            },
        )
        return ApiClient(self._base, answer["access_token"])

    def call(self, method: str, path: str, body: JSON | None = None, **query: str) -> Any:
        """Return the answer's JSON. Raises ApiError for a status of 300 or more, RunError if there is no answer."""
        answer = self.request(method, path, body, **query)
        if answer.status_code >= 300:
            raise ApiError(f"{method} {path}", answer)
        return answer.json()

    def request(self, method: str, path: str, body: JSON | None = None, **query: str) -> httpx.Response:
        """Return the whole answer. Redirects are not followed."""
        try:
            return self._http.request(method, path, json=body, params=query or None)
        except httpx.HTTPError as error:
            raise RunError(
                f"the API at {self._base} does not answer ({error})",
                "start `make run`, or wait until it shows its card",
            ) from error

    def get(self, path: str, **query: str) -> Any:
        return self.call("GET", path, None, **query)

    def post(self, path: str, body: JSON | None = None) -> Any:
        return self.call("POST", path, body or {})

    def patch(self, path: str, body: JSON) -> Any:
        return self.call("PATCH", path, body)
