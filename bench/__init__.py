"""Benchmarks. Each one measures Switchroom and a peer in one run and prints a table with the ratio."""
