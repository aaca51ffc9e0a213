"""Adversarial training step for pix2pix."""

import functools

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.distribution import all_gather, all_reduce_sum, compute_loss_weight
from pyimagesearch.metrics.image import EIGHT_BITS, MeanOverImages, l1, psnr, ssim
from pyimagesearch.metrics.segmentation import LabelMapScores
from pyimagesearch.networks.ema import GeneratorEMA

LOSSES = ("dLoss", "gLoss", "ganLoss", "l1Loss", "realDiscLoss", "generatedLoss")


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


class Pix2PixTraining(keras.Model):
    """A generator and a discriminator that train together (the paper's section 3).

    Args:
        generator: keras.Model from (B, H, W, C) to (B, H, W, D), both in [-1, 1].
        discriminator: keras.Model from [input, target], (B, H, W, C) and (B, H, W, D),
            to logits (B, h, w, 1).

    Attributes:
        ema: GeneratorEMA or None, the moving average of the generator's weights.
    """

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.lossMeans = {name: keras.metrics.Mean(name=name) for name in LOSSES}
        self.imageMetrics = []
        self.ema = None
        self.labelScores = None
        # Both networks are built. Keras checks this before `evaluate` and saving.
        self.built = True

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
        **kwargs,
    ):
        """Set the optimizers, the losses and their weights.

        Use Keras losses, or losses with the same reduction: the mean over the images
        of one replica, divided by the number of replicas. Under the `mixed_float16`
        policy both optimizers get loss scaling, which float16 gradients need.

        Args:
            gOptimizer: keras.optimizers.Optimizer for the generator.
            dOptimizer: keras.optimizers.Optimizer for the discriminator.
            bceLoss: callable, a loss of (labels, logits).
            maeLoss: callable, a loss of (target, generated).
            ganLoss: callable or None, the generator's adversarial loss of
                (labels, logits); None uses `bceLoss`. See `create_gan_loss`.
            l1Weight: float, the paper's lambda, the weight of `maeLoss` in gLoss.
            dWeight: float, the factor of the whole dLoss.
            averageWeights: bool, keep a moving average of the generator's weights;
                see `GeneratorEMA`.
            palette: Palette or None, scores the classes of the targets, which are
                label maps.
            targetLevels: float, how many steps the range of the targets has, which
                limits the PSNR; see `psnr`.
            **kwargs: passed to `keras.Model.compile`, such as `jit_compile`.
        """
        super().compile(optimizer=None, **kwargs)
        self.gOptimizer = _wrap_loss_scaling(gOptimizer)
        self.dOptimizer = _wrap_loss_scaling(dOptimizer)
        self.bceLoss = bceLoss
        self.maeLoss = maeLoss
        self.ganLoss = ganLoss or bceLoss
        self.l1Weight = l1Weight
        self.dWeight = dWeight
        self.gOptimizer.build(self.generator.trainable_variables)
        self.dOptimizer.build(self.discriminator.trainable_variables)
        self.ema = GeneratorEMA(self.generator) if averageWeights else None
        self.imageMetrics = [
            MeanOverImages(function, name)
            for name, function in (
                ("l1Loss", l1),
                ("psnr", functools.partial(psnr, levels=targetLevels)),
                ("ssim", ssim),
            )
        ]
        self.labelScores = LabelMapScores(palette) if palette else None

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
            the images so far, and with a palette the scores of `LabelMapScores`.
        """
        # Every replica scores the whole batch, since it may have no image of the last
        # one.
        inputMask, realImage = (all_gather(scale_images(images)) for images in inputs)
        generated = self(inputMask, training=False)
        for metric in self.imageMetrics:
            metric.update_state(realImage, generated)
        scores = {metric.name: metric.result() for metric in self.imageMetrics}
        if self.labelScores:
            self.labelScores.update_state(realImage, generated)
            scores |= self.labelScores.result()
        return scores

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Override a private hook of `fit` and `evaluate` to do nothing.

        Under a strategy, Keras builds a model from the mean of the replicas' batches,
        and fails if they differ in size. Both networks are built already.
        """


def _wrap_loss_scaling(optimizer):
    """Keras wraps only `model.optimizer`, which is unused here."""
    if keras.config.dtype_policy().compute_dtype != "float16":
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)
