"""The page that an evaluation leaves: figures, curves and pictures, to look at.

`remove_pictures` of an earlier page, `save_pictures` of every pair that is to be seen,
and `write_page`.
"""

from pyimagesearch.results.report.page import write_page
from pyimagesearch.results.report.pictures import remove_pictures, save_pictures

__all__ = ["remove_pictures", "save_pictures", "write_page"]
