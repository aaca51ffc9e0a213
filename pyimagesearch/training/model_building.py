"""Build and compile the model that is trained."""

from argparse import Namespace
from functools import partial

import keras
from keras import ops

from pyimagesearch.datasets.side_formats import RGB, PairFormat, SideFormat
from pyimagesearch.networks.gan_losses import create_gan_loss
from pyimagesearch.networks.paper_networks import PaperNetworks
from pyimagesearch.networks.residual_networks import ResidualNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.training_settings import NETWORK_OPTIONS

Networks = Pix2Pix | PaperNetworks | ResidualNetworks


@keras.saving.register_keras_serializable("pyimagesearch")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that is constant for half of the run, then linear down to 0.

    This is the schedule of the authors' PyTorch implementation of the paper, applied
    per step instead of per epoch.

    Args:
        learning_rate: float, the learning rate of the first half.
        steps: int, the number of steps of the whole run.
    """

    def __init__(self, learning_rate: float, steps: int):
        self.learning_rate = learning_rate
        self.steps = steps

    def __call__(self, step):
        """Compute the learning rate, a float32 scalar, of a step counted from 0."""
        left = 1 - ops.cast(step, "float32") / self.steps
        return self.learning_rate * ops.clip(2 * left, 0.0, 1.0)

    def get_config(self):
        """Return the arguments of the constructor, as a dict."""
        return {"learning_rate": self.learning_rate, "steps": self.steps}


def choose_networks(settings: Namespace, formats: PairFormat = RGB) -> Networks:
    """Choose the builder of the networks.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        formats: PairFormat, with the channels of the inputs and the targets.

    Raises:
        UserError: if the networks do not support the image size.
    """
    inputs, outputs = formats.input.channels, formats.target.channels
    if settings.network == "tutorial":
        return Pix2Pix(
            *settings.image_size, inputChannels=inputs, outputChannels=outputs
        )
    if settings.network == "residual":
        palette = formats.input.palette
        colors = tuple(palette.classes.values()) if palette else ()
        builder = partial(ResidualNetworks, class_colors=colors)
    else:
        builder = PaperNetworks
    parts = {
        name: getattr(settings, name) for name in NETWORK_OPTIONS[settings.network]
    }
    return builder(
        *settings.image_size, **parts, input_channels=inputs, output_channels=outputs
    )


def build_model(
    settings: Namespace,
    networks: Networks,
    target: SideFormat = RGB.target,
) -> Pix2PixTraining:
    """Build both networks and compile them with their losses and optimizers.

    Args:
        settings: Namespace, as returned by `parse_training_settings`.
        networks: Networks, as returned by `choose_networks`.
        target: SideFormat of the targets, whose classes are scored if they have any.

    Returns:
        Pix2PixTraining, compiled.
    """
    losses = create_gan_loss(settings.gan_loss)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        gOptimizer=_create_adam(settings),
        dOptimizer=_create_adam(settings),
        bceLoss=losses.discriminator,
        maeLoss=keras.losses.MeanAbsoluteError(),
        ganLoss=losses.generator,
        l1Weight=settings.l1_weight,
        dWeight=settings.d_loss_weight,
        averageWeights=settings.average_weights,
        palette=target.palette,
        targetLevels=target.levels,
        jit_compile=settings.jit_compile,
    )
    return model


def _create_adam(settings):
    return keras.optimizers.Adam(create_schedule(settings), beta_1=settings.beta_1)


def create_schedule(settings: Namespace) -> float | LinearDecay:
    """Create the learning rate, or its schedule, for the whole run."""
    rate = settings.learning_rate
    if settings.lr_decay == "linear":
        rate = LinearDecay(rate, settings.epochs * settings.steps_per_epoch)
    return rate


def compute_learning_rate(settings: Namespace, step: int) -> float:
    """Compute the learning rate of a step, counted from 0."""
    schedule = create_schedule(settings)
    return float(schedule(step)) if callable(schedule) else schedule
