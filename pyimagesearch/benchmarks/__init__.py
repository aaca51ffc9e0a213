"""What is measured by `python -m pyimagesearch.benchmark`."""
