"""The model of a training, ready for `fit`."""

from argparse import Namespace

import keras

from pyimagesearch.adversarial import gan_loss
from pyimagesearch.datasets.palette import Palette
from pyimagesearch.paper_networks import PaperNetworks
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.training.schedule import LinearDecay


def compiled_model(
    settings: Namespace,
    networks: Pix2Pix | PaperNetworks,
    palette: Palette | None = None,
) -> Pix2PixTraining:
    """Builds both networks and compiles them with their losses and optimizers.

    Args:
        settings: of `training_settings`.
        networks: what builds them; see `chosen_networks`.
        palette: of the targets, where they are label maps to be scored.
    """
    losses = gan_loss(settings.gan_loss)
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        gOptimizer=_adam(settings),
        dOptimizer=_adam(settings),
        bceLoss=losses.discriminator,
        maeLoss=keras.losses.MeanAbsoluteError(),
        ganLoss=losses.generator,
        l1Weight=settings.l1_weight,
        dWeight=settings.d_loss_weight,
        averageWeights=settings.average_weights,
        palette=palette,
        jit_compile=settings.jit_compile,
    )
    return model


def _adam(settings):
    rate = settings.learning_rate
    if settings.lr_decay == "linear":
        rate = LinearDecay(rate, settings.epochs * settings.steps_per_epoch)
    return keras.optimizers.Adam(rate, beta_1=settings.beta_1)
