"""A trained generator as a file for other runtimes, and how it compares there."""
