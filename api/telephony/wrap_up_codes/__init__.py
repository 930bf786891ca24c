"""Wrap-up codes: the reasons that agents choose for a finished call."""
