"""Export a trained generator to other runtimes."""
