"""The mails that an api under test has sent."""

from sqlmodel import Session, col, select

from models import Outbox
from tests.support.api.client import Api


def mails_to(api: Api, address: str) -> list[str]:
    """Return the texts of the mails to this address, oldest first."""
    with Session(api.context.engine) as session:
        rows = session.exec(select(Outbox).where(col(Outbox.kind) == "mail").order_by(col(Outbox.id))).all()
    return [str(row.payload["text"]) for row in rows if row.payload["to"] == address]


def mailed_token(api: Api, address: str, text: str = "token=") -> str:
    """Return the token in the last mail to this address that has this text."""
    found = [mail for mail in mails_to(api, address) if text in mail]
    return found[-1].split("token=")[1].split()[0]
