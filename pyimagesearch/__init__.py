"""Paired image-to-image translation with pix2pix (Isola et al., arXiv 1611.07004)."""

import os

# TensorFlow reads these once, when it is first imported, so they stand before every
# other import of the package. What the user has set wins.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
