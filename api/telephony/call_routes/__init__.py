"""Call routes: decision trees of blocks. They are checked, kept in versions, and can be tried without a call."""
