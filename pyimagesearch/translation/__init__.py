"""Translate image files of any size with a trained generator."""
