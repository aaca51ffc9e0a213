"""From image files to translated ones: of any size, many at a time.

`listed` finds the files, a `Translator` holds the network and `translate` does it.
"""

from pyimagesearch.results.translate.inputs import listed
from pyimagesearch.results.translate.pipeline import translate
from pyimagesearch.results.translate.translator import Translator

__all__ = ["Translator", "listed", "translate"]
