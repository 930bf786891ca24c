"""The console's bars (ADR 30), measured in a real Chromium in front of the whole running system."""
