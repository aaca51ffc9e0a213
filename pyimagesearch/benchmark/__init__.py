"""Measure how fast this machine runs the package."""
