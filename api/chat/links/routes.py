"""Operations on links."""

from typing import Annotated

from fastapi import Depends

from api.chat.links import service
from api.chat.links.resource import LINK, LinkAnswer
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ScopeDep

router = v1_router(tags=["links"])

LinkListing = Annotated[Listing, Depends(Lists(LINK))]


@router.get("/chat/{chat_id}/links", response_model=list[LinkAnswer])
def list_chat_links(chat_id: str, scope: ScopeDep, listing: LinkListing) -> list[Shown]:
    """List the links in the messages of a chat, newest first."""
    return listing.show(scope, service.OF_CHAT, chat=scope.chat(chat_id).id)


@router.get("/link", response_model=list[LinkAnswer])
def list_user_links(scope: ScopeDep, listing: LinkListing) -> list[Shown]:
    """List the links that the caller sent, newest first."""
    return listing.show(scope, service.OWN)
