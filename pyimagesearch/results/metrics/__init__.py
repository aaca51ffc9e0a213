"""Predictions against targets: `l1`, `psnr`, `ssim`, and `MeanOverPictures` of one."""

from pyimagesearch.results.metrics.l1 import l1
from pyimagesearch.results.metrics.mean_over_pictures import MeanOverPictures
from pyimagesearch.results.metrics.psnr import psnr
from pyimagesearch.results.metrics.ssim import ssim

__all__ = ["MeanOverPictures", "l1", "psnr", "ssim"]
