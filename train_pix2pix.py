"""Trains pix2pix: `python train_pix2pix.py --help` lists what can be set."""

import time

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
import keras
import tensorflow as tf

from pyimagesearch.command_line import run, source_of, writable_folder
from pyimagesearch.console import info, verbosity
from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.Pix2PixGAN import Pix2Pix
from pyimagesearch.Pix2PixTraining import Pix2PixTraining
from pyimagesearch.results.generator_file import save_generator
from pyimagesearch.train_monitor import get_train_monitor
from pyimagesearch.training.estimate import TimeEstimate
from pyimagesearch.training.history import HistoryLog
from pyimagesearch.training.record import write_record
from pyimagesearch.training.schedule import LinearDecay
from pyimagesearch.training.settings import training_settings


def main():
    start = time.perf_counter()
    settings = training_settings()
    networks = Pix2Pix(*settings.image_size)
    output = writable_folder(settings.output)
    keras.utils.set_random_seed(settings.seed)

    source = source_of(settings)
    info(f"building the input pipelines from {source.folder}...")
    trainDs, testDs = datasets(settings, source)

    info("building and compiling the networks...")
    model = Pix2PixTraining(networks.generator(), networks.discriminator())
    model.compile(
        gOptimizer=adam(settings),
        dOptimizer=adam(settings),
        bceLoss=keras.losses.BinaryCrossentropy(from_logits=True),
        maeLoss=keras.losses.MeanAbsoluteError(),
        l1Weight=settings.l1_weight,
    )
    write_record(output, settings, source)

    info(f"training for {settings.epochs} epochs...")
    history = model.fit(
        trainDs,
        epochs=settings.epochs,
        steps_per_epoch=settings.steps_per_epoch,
        validation_data=testDs.take(settings.validation_steps),
        callbacks=callbacks(settings, testDs, output),
        shuffle=False,  # the stream is shuffled
        verbose=verbosity(),
    )

    generatorPath = output / config.GENERATOR_FILE
    info(f"saving the generator to {generatorPath}...")
    save_generator(model.generator, generatorPath)

    validation = model.evaluate(testDs, return_dict=True, verbose=0)
    results = {
        "seconds": round(time.perf_counter() - start, 1),
        "last_epoch": {name: values[-1] for name, values in history.history.items()},
        "validation": validation,
    }
    write_record(output, settings, source, results)
    info(
        f"on all validation pairs: L1 {validation['l1Loss']:.4f}, "
        f"PSNR {validation['psnr']:.2f} dB, SSIM {validation['ssim']:.3f}"
    )


def datasets(settings, source):
    """The training batches, and the validation batches that the monitor draws from."""
    height, width = settings.image_size
    both = {
        "path": source.folder,
        "height": height,
        "width": width,
        "direction": source.direction,
        "labelSide": source.label_side,
        "cache": settings.cache,
        "valFraction": settings.val_fraction,
        "scale": False,  # but on the device, which takes a quarter of the bytes so
    }
    trainDs = load_dataset(
        batchSize=settings.batch_size,
        train=True,
        augment=settings.augment,
        seed=settings.seed,
        **both,
    )
    return trainDs, load_dataset(batchSize=config.INFER_BATCH_SIZE, **both)


def adam(settings):
    rate = settings.learning_rate
    if settings.lr_decay == "linear":
        rate = LinearDecay(rate, settings.epochs * settings.steps_per_epoch)
    return keras.optimizers.Adam(rate, beta_1=settings.beta_1)


def callbacks(settings, testDs, output):
    always = [
        get_train_monitor(
            testDs,
            imagePath=output / config.IMAGES_FOLDER,
            batchSize=config.INFER_BATCH_SIZE,
            epochInterval=settings.monitor_interval,
        ),
        HistoryLog(output / config.HISTORY_FILE, output / config.CURVES_FILE),
    ]
    if settings.recipe == "quick" or tf.config.list_physical_devices("GPU"):
        return always
    return [*always, TimeEstimate()]


if __name__ == "__main__":
    run(main)
