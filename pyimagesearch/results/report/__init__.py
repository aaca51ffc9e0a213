"""The page that an evaluation leaves: figures, curves and pictures, to look at.

`save_pictures` of every pair that is to be seen, `replace_pictures` of an earlier page
by those, and `write_page`.
"""

from pyimagesearch.results.report.page import write_page
from pyimagesearch.results.report.pictures import replace_pictures, save_pictures

__all__ = ["replace_pictures", "save_pictures", "write_page"]
