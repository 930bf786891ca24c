"""`switchroom demo-call`: make a real call through the running system and print each step."""
