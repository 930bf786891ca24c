"""Benchmarks: each prints a table with the peer and the ratio, both from one run on one Asterisk."""
