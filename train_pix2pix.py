"""Train pix2pix. `python train_pix2pix.py --help` lists the flags."""

from pyimagesearch import config
from pyimagesearch.cli import info, progbar_verbose, run_command
from pyimagesearch.training.training_settings import parse_training_settings


def main():
    settings = parse_training_settings()

    # TensorFlow takes seconds to import: a wrong flag is reported before.
    from pyimagesearch.training.callbacks import handle_interrupts
    from pyimagesearch.training.model_building import build_model, choose_networks
    from pyimagesearch.training.run import Run
    from pyimagesearch.training.summary import print_summary
    from pyimagesearch.translation.generator import save_generator

    networks = choose_networks(settings)
    if settings.dry_run:
        print_summary(settings, networks)
        return
    run = Run(settings)

    info(f"building the input pipelines from {run.source.folder}...")
    trainDs, testDs = build_datasets(settings, run)

    info("building and compiling the networks...")
    with run.strategy.scope():
        model = build_model(settings, networks, run.palette)
    run.start(model)

    info(f"training for {settings.epochs - run.initial_epoch} epochs...")
    with handle_interrupts(run.get_resume_hint) as interruption:
        model.fit(
            trainDs,
            initial_epoch=run.initial_epoch,
            epochs=settings.epochs,
            steps_per_epoch=settings.steps_per_epoch,
            validation_data=testDs.take(settings.validation_steps),
            callbacks=[interruption, *run.create_callbacks(testDs)],
            shuffle=False,  # `load_dataset` shuffles
            verbose=progbar_verbose(),
        )

        generatorPath = run.folder / config.GENERATOR_FILE
        info(f"saving the generator to {generatorPath}...")
        save_generator(model.inferenceGenerator, generatorPath)
        run.finish(model, testDs, interruption)


def build_datasets(settings, run):
    """Build the training batches, from the run's next step on, and the test batches."""
    from pyimagesearch.data_preprocess import load_dataset

    height, width = settings.image_size
    shared = {
        "path": run.source.folder,
        "height": height,
        "width": width,
        "direction": run.source.direction,
        "labelSide": run.source.label_side,
        "cache": settings.cache,
        "valFraction": settings.val_fraction,
        "scale": False,  # the model scales on the device: uint8 is a quarter of float32
    }
    trainDs = load_dataset(
        batchSize=settings.batch_size,
        train=True,
        augment=settings.augment,
        seed=settings.seed,
        startStep=run.initial_epoch * settings.steps_per_epoch,
        **shared,
    )
    testDs = load_dataset(batchSize=config.INFER_BATCH_SIZE, **shared)
    return trainDs, testDs


if __name__ == "__main__":
    run_command(main)
