"""Adversarial training step for pix2pix."""

import functools
import inspect
from types import MappingProxyType

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.datasets.palettes import Palette
from pyimagesearch.datasets.range_check import SIDES, check_first_images, raise_refusal
from pyimagesearch.distribution import (
    all_gather,
    all_reduce_sum,
    compute_loss_weight,
    fill_empty_batch,
)
from pyimagesearch.metrics.image import EIGHT_BITS, MeanOverImages, l1, psnr, ssim
from pyimagesearch.metrics.keras_metrics import DIRECTIONS, get_metrics, set_directions
from pyimagesearch.metrics.segmentation import LabelMapScores
from pyimagesearch.networks.ema import GeneratorEMA
from pyimagesearch.networks.gan_losses import get_gan_losses, get_image_loss
from pyimagesearch.networks.network_pair import NetworkPair
from pyimagesearch.networks.optimizer_pair import OptimizerPair, get_optimizers

LOSSES = ("dLoss", "gLoss", "ganLoss", "l1Loss", "realDiscLoss", "generatedLoss")
_OWN = "pass bceLoss, maeLoss and ganLoss, and l1Weight and dWeight"
INSTEAD = {  # of arguments of keras.Model.compile
    "optimizer": "pass gOptimizer and dOptimizer",
    "loss": _OWN,
    "loss_weights": _OWN,
    "weighted_metrics": "pass metrics; no image has a weight",
}


def generator_loss(ganLoss, maeLoss, l1Weight, generatedLogits, generated, target):
    """Adversarial loss + lambda * L1 (Isola et al. 2017, equation 4).

    Args:
        ganLoss: callable, a loss of (labels, logits).
        maeLoss: callable, a loss of (target, generated).
        l1Weight: float, the paper's lambda.
        generatedLogits: float32 tensor (B, h, w, 1), the discriminator's logits for
            `generated`.
        generated: float32 tensor (B, H, W, D) in [-1, 1].
        target: float32 tensor (B, H, W, D) in [-1, 1].

    Returns:
        dict of str to float32 scalar: "gLoss", which is ganLoss + l1Weight * l1Loss,
        "ganLoss" and "l1Loss".
    """
    adversarial = ganLoss(tf.ones_like(generatedLogits), generatedLogits)
    distance = maeLoss(target, generated)
    return {
        "gLoss": adversarial + l1Weight * distance,
        "ganLoss": adversarial,
        "l1Loss": distance,
    }


def discriminator_loss(bceLoss, dWeight, realLogits, generatedLogits):
    """Loss of telling real pairs from generated ones (equation 1, negated).

    Args:
        bceLoss: callable, a loss of (labels, logits).
        dWeight: float, 0.5 in the paper (section 3.3) to slow the discriminator down.
        realLogits: float32 tensor (B, h, w, 1), the logits for the real images.
        generatedLogits: float32 tensor (B, h, w, 1), the logits for the generated
            images.

    Returns:
        dict of str to float32 scalar: "dLoss", which is
        dWeight * (realDiscLoss + generatedLoss), "realDiscLoss" and "generatedLoss".
    """
    real = bceLoss(tf.ones_like(realLogits), realLogits)
    generated = bceLoss(tf.zeros_like(generatedLogits), generatedLogits)
    return {
        "dLoss": dWeight * (real + generated),
        "realDiscLoss": real,
        "generatedLoss": generated,
    }


@keras.saving.register_keras_serializable("pyimagesearch")
class Pix2PixTraining(NetworkPair):
    """A generator and a discriminator that train together (the paper's section 3).

    `save` and `keras.saving.load_model` keep everything that a step changes, and the
    arguments of `compile`.

    Args:
        generator: keras.Model from (B, H, W, C) to (B, H, W, D), both in [-1, 1].
        discriminator: keras.Model from [input, target], (B, H, W, C) and (B, H, W, D),
            to logits (B, h, w, 1).

    Attributes:
        ema: GeneratorEMA or None, the moving average of the generator's weights.
    """

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(generator, discriminator, **kwargs)
        # Not a dict, in which Keras would find them: `evaluate` would list them, too.
        self.lossMeans = MappingProxyType(
            {name: keras.metrics.Mean(name=name) for name in LOSSES}
        )
        self.imageMetrics = []
        self.userMetrics = []
        self.labelScores = None

    def compile(
        self,
        gOptimizer,
        dOptimizer,
        bceLoss,
        maeLoss,
        *,
        ganLoss=None,
        l1Weight=config.L1_WEIGHT,
        dWeight=config.D_LOSS_WEIGHT,
        averageWeights=config.AVERAGE_WEIGHTS,
        palette=None,
        targetLevels=EIGHT_BITS,
        metrics=None,
        **kwargs,
    ):
        """Set the optimizers, the losses and their weights.

        Use Keras losses, or losses with the same reduction: the mean over the images
        of one replica, divided by the number of replicas. If the model has the policy
        `mixed_float16`, both optimizers get loss scaling, which float16 gradients need.

        Args:
            gOptimizer: keras.optimizers.Optimizer for the generator, or its name or
                config.
            dOptimizer: the same for the discriminator; another object.
            bceLoss: callable, a loss of (labels, logits), or the name of one that
                `create_gan_loss` makes: "bce", "lsgan" or "hinge".
            maeLoss: callable, a loss of (target, generated), or the name of a loss of
                Keras, such as "mae".
            ganLoss: callable, name or None, the generator's adversarial loss of
                (labels, logits); None uses `bceLoss`. See `create_gan_loss`.
            l1Weight: float, the paper's lambda, the weight of `maeLoss` in gLoss.
            dWeight: float, the factor of the whole dLoss.
            averageWeights: bool, keep a moving average of the generator's weights;
                see `GeneratorEMA`.
            palette: Palette or None, scores the classes of the targets, which are
                label maps.
            targetLevels: float, how many steps the range of the targets has, which
                limits the PSNR; see `psnr`.
            metrics: list or None, further metrics of (target, generated), which
                `evaluate` returns; see `get_metrics`.
            **kwargs: passed to `keras.Model.compile`, such as `jit_compile`.

        Raises:
            ValueError: if both networks get the same optimizer, if a loss of the
                logits is not known by its name, or for an argument of
                `keras.Model.compile` that this model does not have.
        """
        for name, instead in INSTEAD.items():
            if kwargs.pop(name, None) is not None:
                raise ValueError(f"compile() does not take {name}: {instead}")
        gOptimizer, dOptimizer = get_optimizers(
            gOptimizer, dOptimizer, self.dtype_policy.compute_dtype == "float16"
        )
        losses = get_gan_losses(bceLoss, ganLoss)
        maeLoss = get_image_loss(maeLoss)
        userMetrics = get_metrics(metrics, taken=DIRECTIONS)
        super().compile(optimizer=None, **kwargs)
        self.gOptimizer, self.dOptimizer = gOptimizer, dOptimizer
        self.bceLoss, self.ganLoss = losses
        self.maeLoss = maeLoss
        self.l1Weight = l1Weight
        self.dWeight = dWeight
        self.gOptimizer.build(self.generator.trainable_variables)
        self.dOptimizer.build(self.discriminator.trainable_variables)
        self.optimizer = OptimizerPair(
            self.generator, gOptimizer, self.discriminator, dOptimizer
        )
        self.ema = GeneratorEMA(self.generator) if averageWeights else None
        self.targetLevels = targetLevels
        for earlier in (self.imageMetrics, self.userMetrics):
            earlier.clear()  # Keras would reset and list them, too
        self.imageMetrics.extend(
            MeanOverImages(function, name)
            for name, function in (
                ("l1Loss", l1),
                ("psnr", functools.partial(psnr, levels=targetLevels)),
                ("ssim", ssim),
            )
        )
        self.userMetrics.extend(userMetrics)
        self.labelScores = LabelMapScores(palette) if palette else None

    def get_compile_config(self):
        """Return the arguments of `compile`, serialized, as a dict."""
        if not self.compiled:
            return None
        names = (
            *("gOptimizer", "dOptimizer", "bceLoss", "maeLoss", "ganLoss", "l1Weight"),
            *("dWeight", "targetLevels", "run_eagerly", "steps_per_execution"),
            "jit_compile",
        )
        palette = self.labelScores.palette if self.labelScores else None
        return keras.saving.serialize_keras_object(
            {name: getattr(self, name) for name in names}
            | {
                "averageWeights": self.ema is not None,
                "metrics": self.userMetrics,
                "palette": palette and [[*palette.classes.items()], palette.unlabelled],
            }
        )

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` returns."""
        arguments = keras.saving.deserialize_keras_object(config)
        if arguments["palette"]:
            classes, unlabelled = arguments["palette"]
            arguments["palette"] = Palette(
                {name: tuple(color) for name, color in classes},
                tuple(map(tuple, unlabelled)),
            )
        self.compile(**arguments)

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train as `keras.Model.fit` does, and check what would fail silently.

        Args:
            x, y, *args, **kwargs: the arguments of `keras.Model.fit`.

        Returns:
            keras.callbacks.History.

        Raises:
            UserError: if the floats of the first batch are not in [-1, 1].
            ValueError: if a callback monitors the wrong value; see `set_directions`.
        """
        signature = inspect.signature(keras.Model.fit)
        given = signature.bind(self, x, y, *args, **kwargs).arguments
        set_directions(given.get("callbacks"), self.userMetrics)
        pairs = given.get("validation_data")
        if isinstance(pairs, (tuple, list)):
            for images, side in zip(pairs, SIDES, strict=False):
                check_first_images(images, side)
        else:
            given["validation_data"] = check_first_images(pairs)
        given |= {"x": check_first_images(x), "y": check_first_images(y, SIDES[1])}
        del given["self"]
        with raise_refusal():
            return super().fit(**given)

    def reset_metrics(self):
        """Reset the means over the epoch; Keras calls this."""
        super().reset_metrics()
        for mean in self.lossMeans.values():
            mean.reset_state()

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Evaluate as `keras.Model.evaluate` does; see `fit` and `test_step`."""
        with raise_refusal():
            return super().evaluate(
                check_first_images(x), check_first_images(y, SIDES[1]), *args, **kwargs
            )

    def predict(self, x, *args, **kwargs):
        """Predict as `keras.Model.predict` does; see `fit` and `call`."""
        with raise_refusal():
            return super().predict(check_first_images(x), *args, **kwargs)

    # Keras saves every attribute that is a model. So it saves the EMA by this property.
    @property
    def inferenceGenerator(self):
        """The generator to show, score and save: the EMA if there is one."""
        return self.ema.network if self.ema else self.generator

    def call(self, inputMask, training=False):
        """Generate images with `inferenceGenerator`.

        Args:
            inputMask: float32 tensor (B, H, W, C) in [-1, 1].
            training: bool, whether dropout is on.

        Returns:
            float32 tensor (B, H, W, D) in [-1, 1].
        """
        return self.inferenceGenerator(inputMask, training=training)

    def train_step(self, inputs):
        """Update both networks on one batch.

        Args:
            inputs: tuple (inputMask, realImage) of tensors (B, H, W, C) and
                (B, H, W, D), float32 in [-1, 1] or unsigned integers, which are scaled
                here.

        Returns:
            dict of str to float32 scalar: the means of `LOSSES` over the epoch so far.
        """
        inputMask, realImage = map(scale_images, inputs)
        lossWeight, batchSize = compute_loss_weight(tf.shape(inputMask)[0])

        with tf.GradientTape() as gTape, tf.GradientTape() as dTape:
            generated = self.generator(inputMask, training=True)
            realLogits = self.discriminator([inputMask, realImage], training=True)
            generatedLogits = self.discriminator([inputMask, generated], training=True)

            gLosses = generator_loss(
                self.ganLoss,
                self.maeLoss,
                self.l1Weight,
                generatedLogits,
                generated,
                realImage,
            )
            dLosses = discriminator_loss(
                self.bceLoss, self.dWeight, realLogits, generatedLogits
            )
            gObjective = self.gOptimizer.scale_loss(lossWeight * gLosses["gLoss"])
            dObjective = self.dOptimizer.scale_loss(lossWeight * dLosses["dLoss"])

        gVariables = self.generator.trainable_variables
        dVariables = self.discriminator.trainable_variables
        gGradients = gTape.gradient(gObjective, gVariables)
        dGradients = dTape.gradient(dObjective, dVariables)

        self.gOptimizer.apply_gradients(zip(gGradients, gVariables, strict=True))
        self.dOptimizer.apply_gradients(zip(dGradients, dVariables, strict=True))
        if self.ema:
            self.ema.update(self.gOptimizer.iterations)

        return self._update_losses(gLosses | dLosses, lossWeight, batchSize)

    def _update_losses(self, losses, lossWeight, batchSize):
        """Add the losses of a batch, over all replicas, to the means of the epoch."""
        stacked = tf.stack([losses[name] for name in LOSSES])
        reduced = tf.unstack(all_reduce_sum(lossWeight * stacked))
        for name, loss in zip(LOSSES, reduced, strict=True):
            self.lossMeans[name].update_state(loss, sample_weight=batchSize)
        return {name: self.lossMeans[name].result() for name in LOSSES}

    def test_step(self, inputs):
        """Evaluate one batch with training=False.

        Args:
            inputs: tuple (inputMask, realImage), see `train_step`; H and W are at
                least 11, the window of SSIM.

        Returns:
            dict of str to float32 scalar: "l1Loss", "psnr" and "ssim", the means over
            the images so far, the metrics of `compile`, and with a palette the scores
            of `LabelMapScores`.
        """
        inputMask, realImage = map(scale_images, inputs)
        (inputMask, target), weights = fill_empty_batch(inputMask, realImage)
        generated = self(inputMask, training=False)
        for metric in self.imageMetrics:
            metric.update_state(target, generated, weights)
        generated = generated[: tf.shape(realImage)[0]]
        if self.userMetrics:  # which know nothing of other replicas
            images = all_gather(realImage), all_gather(generated)
            for metric in self.userMetrics:
                metric.update_state(*images)
        metrics = [*self.imageMetrics, *self.userMetrics]
        scores = {metric.name: metric.result() for metric in metrics}
        if self.labelScores:
            self.labelScores.update_state(realImage, generated)
            scores |= self.labelScores.result()
        return scores
