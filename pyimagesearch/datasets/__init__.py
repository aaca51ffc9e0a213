"""Datasets: where pairs of images come from, and how they are read."""
