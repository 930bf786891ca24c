"""Rows of the database become the core's values. A row that changes is loaded again."""
