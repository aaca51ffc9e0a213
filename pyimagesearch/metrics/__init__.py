"""Metrics of images, of label maps and of sets of features."""
