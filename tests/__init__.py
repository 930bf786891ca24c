"""Tests mirror the rooms; shared servers are in `services.py`, SIP in `sip/`, the whole product in `e2e/`."""
