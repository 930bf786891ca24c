"""Web chats as visitors of web pages see them: a script for the page, and what it asks.

Pages of other origins use this, so `cors` answers them. Which origins may, each web chat says. A visitor is known by a
token alone: nothing is stored of them until they write.
"""
