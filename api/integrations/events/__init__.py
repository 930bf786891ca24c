"""Events of an integration's calendar. One that is made here is a meeting: it has a chat with room number and PIN."""
