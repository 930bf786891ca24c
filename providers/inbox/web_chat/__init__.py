"""Web chat: visitors of web pages. They fetch what they are sent, so there is nobody to ask."""
