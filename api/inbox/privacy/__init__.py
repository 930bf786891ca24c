"""What contacts may demand: a copy of their data, and that it is erased."""
