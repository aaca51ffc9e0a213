"""The training step: a generator and a discriminator, each against the other."""

import keras
import tensorflow as tf

from pyimagesearch import config
from pyimagesearch.data_preprocess import scale_images
from pyimagesearch.distribution import all_gather, all_reduce_sum, compute_loss_weight
from pyimagesearch.metrics.image import MeanOverImages, l1, psnr, ssim
from pyimagesearch.metrics.segmentation import LabelMapScores
from pyimagesearch.networks.ema import GeneratorEMA

LOGGED = ("dLoss", "gLoss", "ganLoss", "l1Loss", "realDiscLoss", "generatedLoss")


def generator_loss(
    adversarialLoss, maeLoss, l1Weight, generatedLogits, generated, target
):
    """The generator's objective (section 3.1, equation 4): be believed, be near.

    Args:
        adversarialLoss: a loss of (labels, logits).
        maeLoss: a loss of (target, generated).
        l1Weight: the paper's lambda.
        generatedLogits: float32 (B, h, w, 1), the discriminator's of the generated.
        generated: float32 (B, H, W, 3) in [-1, 1].
        target: float32 (B, H, W, 3) in [-1, 1].

    Returns:
        (gLoss, ganLoss, l1Loss), scalars, with gLoss = ganLoss + l1Weight * l1Loss.
    """
    ganLoss = adversarialLoss(tf.ones_like(generatedLogits), generatedLogits)
    l1Loss = maeLoss(target, generated)
    return ganLoss + l1Weight * l1Loss, ganLoss, l1Loss


def discriminator_loss(bceLoss, dWeight, realLogits, generatedLogits):
    """The discriminator's objective (section 3.1, equation 1), negated.

    Args:
        bceLoss: a loss of (labels, logits).
        dWeight: section 3.3 has 0.5, so that the discriminator learns more slowly.
        realLogits: float32 (B, h, w, 1), the discriminator's of the target.
        generatedLogits: float32 (B, h, w, 1), its of the generated.

    Returns:
        (dLoss, realDiscLoss, generatedLoss), scalars, with
        dLoss = dWeight * (realDiscLoss + generatedLoss).
    """
    realDiscLoss = bceLoss(tf.ones_like(realLogits), realLogits)
    generatedLoss = bceLoss(tf.zeros_like(generatedLogits), generatedLogits)
    dLoss = dWeight * (realDiscLoss + generatedLoss)
    return dLoss, realDiscLoss, generatedLoss


class Pix2PixTraining(keras.Model):
    """Trains a generator and a discriminator together (the paper's section 3).

    Args:
        generator: a model from (B, H, W, 3) to (B, H, W, 3), both in [-1, 1].
        discriminator: a model from [input, target] to logits (B, h, w, 1).
    """

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.means = {name: keras.metrics.Mean(name=name) for name in LOGGED}
        self.quality = [
            MeanOverImages(function, name)
            for name, function in (("l1Loss", l1), ("psnr", psnr), ("ssim", ssim))
        ]
        self.ema = None
        self.labelScores = None
        self.built = True  # both networks are; Keras asks before evaluate and save

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
        **kwargs,
    ):
        """Sets what the training step uses.

        The losses are Keras's, or do as they do: means over what one replica sees,
        divided by the number of replicas. Under the policy `mixed_float16` both
        optimizers are given a loss scale, which float16's gradients need.

        Args:
            gOptimizer: the generator's optimizer.
            dOptimizer: the discriminator's.
            bceLoss: a loss of (labels, logits).
            maeLoss: a loss of (target, generated).
            ganLoss: the generator's adversarial loss, of (labels, logits), where it
                is not `bceLoss`; see `adversarial`.
            l1Weight: the paper's lambda, the weight of `maeLoss` in gLoss.
            dWeight: what dLoss, all of it, is multiplied by.
            averageWeights: keep the mean of the generator's latest weights, too; see
                `AveragedGenerator`.
            palette: a `Palette`, where the targets are label maps whose classes are to
                be scored.
            **kwargs: `keras.Model.compile`'s own, such as `jit_compile`.
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
        self.labelScores = LabelMapScores(palette) if palette else None

    @property
    def inferenceGenerator(self):
        """The generator to show, score and keep: the average, if there is one."""
        return self.ema.network if self.ema else self.generator

    def call(self, inputMask, training=False):
        """The generated image, float32 (B, H, W, 3) in [-1, 1]."""
        return self.inferenceGenerator(inputMask, training=training)

    def train_step(self, inputs):
        """One step of both networks on one batch.

        Args:
            inputs: (inputMask, realImage), each (B, H, W, 3), float32 in [-1, 1] or
                unsigned integers, which are scaled here.

        Returns:
            The means over the epoch so far of the losses in `LOGGED`.
        """
        inputMask, realImage = map(scale_images, inputs)
        weight, pictures = compute_loss_weight(tf.shape(inputMask)[0])

        with tf.GradientTape() as gTape, tf.GradientTape() as dTape:
            generated = self.generator(inputMask, training=True)
            realLogits = self.discriminator([inputMask, realImage], training=True)
            generatedLogits = self.discriminator([inputMask, generated], training=True)

            gLoss, ganLoss, l1Loss = generator_loss(
                self.ganLoss,
                self.maeLoss,
                self.l1Weight,
                generatedLogits,
                generated,
                realImage,
            )
            dLoss, realDiscLoss, generatedLoss = discriminator_loss(
                self.bceLoss, self.dWeight, realLogits, generatedLogits
            )
            gObjective = self.gOptimizer.scale_loss(weight * gLoss)
            dObjective = self.dOptimizer.scale_loss(weight * dLoss)

        gVariables = self.generator.trainable_variables
        dVariables = self.discriminator.trainable_variables
        gGradients = gTape.gradient(gObjective, gVariables)
        dGradients = dTape.gradient(dObjective, dVariables)
        self.gOptimizer.apply_gradients(zip(gGradients, gVariables, strict=True))
        self.dOptimizer.apply_gradients(zip(dGradients, dVariables, strict=True))
        if self.ema:
            self.ema.update(self.gOptimizer.iterations)

        return self._logged(
            weight,
            pictures,
            dLoss=dLoss,
            gLoss=gLoss,
            ganLoss=ganLoss,
            l1Loss=l1Loss,
            realDiscLoss=realDiscLoss,
            generatedLoss=generatedLoss,
        )

    def test_step(self, inputs):
        """What the resulting generator's pictures of one batch are worth, dropout off.

        Args:
            inputs: see `train_step`; H and W at least 11.

        Returns:
            {"l1Loss", "psnr", "ssim"}: the means over the pictures so far; and with a
            palette the scores of `LabelMapScores` over all their pixels.
        """
        # Every replica scores the whole batch: of the last one it may have none.
        inputMask, realImage = (all_gather(scale_images(images)) for images in inputs)
        generated = self(inputMask, training=False)
        for metric in self.quality:
            metric.update_state(realImage, generated)
        scores = {metric.name: metric.result() for metric in self.quality}
        if self.labelScores:
            self.labelScores.update_state(realImage, generated)
            scores |= self.labelScores.result()
        return scores

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Both networks are built. Keras, to build a model under a strategy, averages
        the replicas' pictures first, and fails where one has fewer than another."""

    def _logged(self, weight, pictures, **losses):
        """Adds a batch's losses, and gives the means over the pictures so far."""
        ofBatch = tf.unstack(all_reduce_sum(weight * tf.stack(list(losses.values()))))
        for name, loss in zip(losses, ofBatch, strict=True):
            self.means[name].update_state(loss, sample_weight=pictures)
        return {name: self.means[name].result() for name in losses}


def _wrap_loss_scaling(optimizer):
    """Keras gives a loss scale to `model.optimizer` alone, which is unused here."""
    if keras.config.dtype_policy().compute_dtype != "float16":
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)
