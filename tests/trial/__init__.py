"""Small inputs that once failed, with their right values. `python -m tests.trial` replays them."""
