"""DID numbers: the team's own, and buying from the inventory."""
