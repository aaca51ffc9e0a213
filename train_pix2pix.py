"""Trains pix2pix: `python train_pix2pix.py --help` lists what can be set."""

from pyimagesearch import config  # first: it turns TensorFlow's start-up noise down

# isort: split
from pyimagesearch.command_line import run
from pyimagesearch.console import info, verbosity
from pyimagesearch.data_preprocess import load_dataset
from pyimagesearch.results.generator_file import save_generator
from pyimagesearch.training.compiled import compiled_model
from pyimagesearch.training.dry_run import print_plan
from pyimagesearch.training.interruption import interruptible
from pyimagesearch.training.networks import chosen_networks
from pyimagesearch.training.run import Run
from pyimagesearch.training.settings import training_settings


def main():
    settings = training_settings()
    networks = chosen_networks(settings)
    if settings.dry_run:
        print_plan(settings, networks)
        return
    training = Run(settings)

    info(f"building the input pipelines from {training.source.folder}...")
    trainDs, testDs = datasets(settings, training)

    info("building and compiling the networks...")
    with training.strategy.scope():
        model = compiled_model(settings, networks, training.palette)
    training.start(model)

    info(f"training for {settings.epochs - training.epochs} epochs...")
    with interruptible(training.how_to_go_on) as interruption:
        model.fit(
            trainDs,
            initial_epoch=training.epochs,
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            validation_data=testDs.take(settings.validation_steps),
            callbacks=[interruption, *training.callbacks(testDs)],
            shuffle=False,  # the stream is shuffled
            verbose=verbosity(),
        )

    generatorPath = training.folder / config.GENERATOR_FILE
    info(f"saving the generator to {generatorPath}...")
    save_generator(model.resultingGenerator, generatorPath)
    training.finish(model, testDs)


def datasets(settings, training):
    """The training batches from where the run is, and the validation batches."""
    height, width = settings.image_size
    both = {
        "path": training.source.folder,
        "height": height,
        "width": width,
        "direction": training.source.direction,
        "labelSide": training.source.label_side,
        "cache": settings.cache,
        "valFraction": settings.val_fraction,
        "scale": False,  # but on the device, which takes a quarter of the bytes so
    }
    trainDs = load_dataset(
        batchSize=settings.batch_size,
        train=True,
        augment=settings.augment,
        seed=settings.seed,
        startStep=training.epochs * settings.steps_per_epoch,
        **both,
    )
    return trainDs, load_dataset(batchSize=config.INFER_BATCH_SIZE, **both)


if __name__ == "__main__":
    run(main)
