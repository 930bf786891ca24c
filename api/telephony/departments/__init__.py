"""Departments: users who are rung together."""
