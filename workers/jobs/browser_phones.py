"""SIP accounts of browsers that nobody has renewed: they end."""

import logging

from sqlmodel import col

from models import BrowserPhone, utcnow
from models.browser_phone import end_browser_phones
from switchroom.database import session
from workers.resources import get_resources

logger = logging.getLogger(__name__)


def expire_browser_phones() -> None:
    """Job, every half minute: delete the accounts that have expired, and let every Asterisk forget them."""
    with session(get_resources().engine) as db:
        ended = end_browser_phones(db, col(BrowserPhone.expires_at) <= utcnow())
    if ended:
        logger.info("browser phones expired", extra={"count": ended})
