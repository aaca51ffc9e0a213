"""Train pix2pix. `python train_pix2pix.py --help` lists the flags."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pyimagesearch import config
from pyimagesearch.cli import count, info, progbar_verbose, run_command
from pyimagesearch.datasets.examination import describe_data
from pyimagesearch.training.training_settings import parse_training_settings


def main():
    settings = parse_training_settings()
    if settings.dry_run:
        formats = describe_data(settings)

    # TensorFlow takes seconds to import: a wrong flag is reported before.
    from pyimagesearch.training.model_building import choose_networks
    from pyimagesearch.training.run import Run
    from pyimagesearch.training.summary import print_summary

    if settings.dry_run:
        print_summary(settings, choose_networks(settings, formats))
        return
    run = Run(settings)
    with run.lock:
        train(settings, run)


def train(settings, run):
    """Train from the start or the checkpoint of a run, and evaluate at the end."""
    from pyimagesearch.training.callbacks import handle_interrupts
    from pyimagesearch.training.model_building import build_model, choose_networks
    from pyimagesearch.translation.generator import save_generator

    info("building the input pipelines...")
    trainDs, testDs = build_datasets(settings, run.data, run.initial_pair)

    info("building and compiling the networks...")
    networks = choose_networks(settings, run.data.formats)
    with run.strategy.scope():
        model = build_model(settings, networks, run.data.formats.target)
    run.start(model)

    info(f"training for {count(run.final_epoch - run.initial_epoch, 'epoch')}...")
    with handle_interrupts(run.get_resume_hint) as interruption:
        model.fit(
            trainDs,
            initial_epoch=run.initial_epoch,
            epochs=run.final_epoch,
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


def build_datasets(settings, data, startPair):
    """Build the training batches, from a pair on, and the test batches."""
    from pyimagesearch.data_preprocess import load_dataset

    height, width = settings.image_size
    shared = {
        "path": data.source.pairs,
        "height": height,
        "width": width,
        "direction": data.source.direction,
        "labelSide": data.source.label_side,
        "cache": settings.cache,
        "scale": False,  # the model scales on the device: uint8 is a quarter of float32
        "formats": data.formats,
        "notes": data.notes,
    }
    trainDs = load_dataset(
        batchSize=settings.batch_size,
        train=True,
        augment=settings.augment,
        seed=settings.seed,
        startPair=startPair,
        **shared,
    )
    testDs = load_dataset(batchSize=config.INFER_BATCH_SIZE, **shared)
    return trainDs, testDs


if __name__ == "__main__":
    run_command(main)
