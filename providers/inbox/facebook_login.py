"""Facebook Login: whom a user's token belongs to, and whether it was made for our application.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging
"""

from providers.inbox.http import SourceError, SourceRefused, ask
from switchroom.settings import Settings


class FacebookRefused(Exception):
    """The token is none of this user for our application."""


def address_of(settings: Settings, token: str, user_id: str) -> str:
    """Return the e-mail address of the Facebook account, in lower case.

    Raises FacebookRefused, and SourceError if Facebook is away or no application is configured.
    """
    app, secret = settings.facebook_app_id, settings.facebook_app_secret.get_secret_value()
    if not app or not secret:
        raise SourceError("No Facebook: set SWITCHROOM_FACEBOOK_APP_ID and SWITCHROOM_FACEBOOK_APP_SECRET")
    graph = settings.facebook_endpoint.rstrip("/")
    try:
        known = ask(
            "Facebook",
            "GET",
            f"{graph}/debug_token",
            params={"input_token": token, "access_token": f"{app}|{secret}"},
        )
        data = known.get("data")
        if not isinstance(data, dict) or not data.get("is_valid"):
            raise FacebookRefused
        if str(data.get("app_id")) != app or str(data.get("user_id")) != user_id:
            raise FacebookRefused
        me = ask(
            "Facebook", "GET", f"{graph}/me", params={"fields": "id,email"},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
    except SourceRefused:
        raise FacebookRefused from None
    if str(me.get("id")) != user_id or not isinstance(me.get("email"), str):
        raise FacebookRefused
    return str(me["email"]).lower()
