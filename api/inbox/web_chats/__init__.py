"""Web chats: channels over which visitors of the organization's web pages write. `api.web_chat` is their side."""
