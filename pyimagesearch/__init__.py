"""Paired image-to-image translation with pix2pix (Isola et al., arXiv 1611.07004)."""

import os

__version__ = "2.0.0"

# TensorFlow reads this once, when it is first imported: 1 hides its start-up messages
# and keeps its warnings, such as the reason why it does not use a GPU. A value that the
# user has set stays.
LOG_LEVEL, DEFAULT_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL", "1"
os.environ.setdefault(LOG_LEVEL, DEFAULT_LOG_LEVEL)
