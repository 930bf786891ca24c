"""Twilio: SMS and WhatsApp. A channel is a number of an account; its token is `<account SID>:<auth token>`."""
