"""The HTML report of an evaluation: scores, training curves and images."""

from pyimagesearch.evaluation.report.gallery import replace_images, save_images
from pyimagesearch.evaluation.report.page import write_page

__all__ = ["replace_images", "save_images", "write_page"]
