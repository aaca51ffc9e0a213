"""Evaluation of a trained generator."""
