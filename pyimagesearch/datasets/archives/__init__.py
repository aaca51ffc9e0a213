"""Datasets that come as archives: fetched, checked, unpacked, recorded."""
