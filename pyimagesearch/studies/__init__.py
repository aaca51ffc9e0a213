"""What `python -m pyimagesearch.study` is made of."""
