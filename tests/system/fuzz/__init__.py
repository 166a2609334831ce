"""Hostile requests and hostile Asterisks, made from a seed: generators, one judge for each side, one runner.

`make fuzz` runs all of it for long, `test_fuzz.py` the same code for a few seconds.
"""
