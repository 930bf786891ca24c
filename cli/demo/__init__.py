"""`switchroom demo-call`: a real call through the running system, told step by step."""
