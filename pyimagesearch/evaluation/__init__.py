"""Evaluate a generator on a whole dataset."""
