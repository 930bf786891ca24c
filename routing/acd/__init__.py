"""Automatic call distribution: who is offered which call, and when."""
