"""Users' contacts and calendars at other services. It stands above chats and accounts: meetings have both."""
