"""One pass over a set of pairs, in which everything is gathered."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from pyimagesearch.console import verbosity
from pyimagesearch.results.evaluation.label_scores import LabelScores
from pyimagesearch.results.evaluation.scores import COPY, MEAN, MODEL
from pyimagesearch.results.grid import to_bytes


def evaluated(
    pairs: tf.data.Dataset,
    names: list[str],
    predict: Callable[[np.ndarray], np.ndarray],
    mean: np.ndarray | None,
    judges: list,
    show: Callable[[int, np.ndarray, np.ndarray, np.ndarray], None],
) -> dict:
    """Scores a generator and what it is held against, batch by batch.

    Args:
        pairs: batches of (inputMask, realImage), each float32 (B, H, W, 3), once.
        names: the pairs', in their order.
        predict: the generator; see `fixed_size.predictor`.
        mean: of `mean_picture`, None where there is none.
        judges: such as `PictureScores`.
        show: is given the number, input, prediction and target of each picture, uint8
            (H, W, 3).

    Returns:
        "scores": {name: see `scores.entry`}; "classes": a list of {"name", "color",
        "share", "accuracy", "iou"}, None where no label maps are scored; "images": a
        list of {"name", "scores"}.
    """
    progress = keras.utils.Progbar(len(names), verbose=verbosity(), unit_name="pair")
    number = 0
    for input_mask, target in pairs.as_numpy_iterator():
        generated = predict(input_mask)
        outputs = {MODEL: generated, COPY: input_mask}
        if mean is not None:
            outputs[MEAN] = np.broadcast_to(mean, target.shape)
        for judge in judges:
            judge.add(input_mask, target, outputs)
        for pictures in zip(
            *map(to_bytes, (input_mask, generated, target)), strict=True
        ):
            show(number, *pictures)
            number += 1
        progress.add(len(target))

    scores, of_pictures, classes = {}, {}, None
    for judge in judges:
        scores |= judge.scores()
        of_pictures |= judge.of_pictures()
        if isinstance(judge, LabelScores):
            classes = judge.of_classes()
    return {
        "scores": scores,
        "classes": classes,
        "images": [
            {
                "name": name,
                "scores": {score: of_pictures[score][i] for score in of_pictures},
            }
            for i, name in enumerate(names)
        ],
    }
