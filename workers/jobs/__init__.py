"""The jobs. Each takes ids, is idempotent at every point where it may die, and raises to be tried again."""
