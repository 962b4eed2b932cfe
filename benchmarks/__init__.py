"""Measurements; none of them is a test, since machines differ."""
