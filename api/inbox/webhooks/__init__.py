"""Webhooks: an organization's address that is told of every message of its inbox.

Each delivery is signed as `X-Switchroom-Signature` (docs/inbox.md). Deliveries of one conversation come in order.
What is not taken with a status of 2xx is tried again for 24 hours, then it is dead, and can be replayed.
"""
