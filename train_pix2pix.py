"""Train pix2pix. `python train_pix2pix.py --help` lists the flags."""

from pyimagesearch.process import prepare_process

if __name__ == "__main__":
    prepare_process()  # before the imports, which take long

from pyimagesearch import config
from pyimagesearch.cli import count, info, progbar_verbose, run_command
from pyimagesearch.datasets.examination import describe_data
from pyimagesearch.training.training_cluster import join_training, share_settings


def main():
    with join_training() as cluster:
        settings = share_settings(cluster)
        if settings.dry_run:
            formats = describe_data(settings)

        # TensorFlow takes seconds to import: a wrong flag is reported before.
        from pyimagesearch.training.model_building import choose_networks
        from pyimagesearch.training.run import Run
        from pyimagesearch.training.summary import print_summary
        from pyimagesearch.training.worker_run import WorkerRun

        if settings.dry_run:
            print_summary(settings, choose_networks(settings, formats))
            return
        create_run = Run if cluster.is_chief else WorkerRun
        run = create_run(settings, cluster)
        with run.lock:
            train(settings, run)


def train(settings, run):
    """Train from the start or the checkpoint of a run, and evaluate at the end."""
    from pyimagesearch.training.callbacks import handle_interrupts
    from pyimagesearch.training.model_building import build_model, choose_networks

    info("building the input pipelines...")
    trainDs, testDs, gridDs = build_datasets(settings, run)

    info("building and compiling the networks...")
    networks = choose_networks(settings, run.data.formats)
    with run.strategy.scope():
        model = build_model(settings, networks, run.data.formats.target)
    run.start(model)

    info(f"training for {count(run.final_epoch - run.initial_epoch, 'epoch')}...")
    with handle_interrupts(run.get_resume_hint, run.cluster) as interruption:
        model.fit(
            trainDs,
            initial_epoch=run.initial_epoch,
            epochs=run.final_epoch,
            steps_per_epoch=settings.steps_per_epoch,
            validation_data=testDs,
            validation_steps=run.count_validation_steps(settings.validation_steps),
            callbacks=[interruption, *run.create_callbacks(gridDs)],
            shuffle=False,  # `load_dataset` shuffles
            verbose=progbar_verbose(),
        )
        run.save_generator(model)
        run.finish(model, testDs, interruption)


def build_datasets(settings, run):
    """Build the training batches, from a pair on, the test batches, and the grid's."""
    from pyimagesearch.data_preprocess import load_dataset
    from pyimagesearch.distribution import distribute_dataset

    height, width = settings.image_size
    data = run.data
    shared = {
        "path": data.source.pairs,
        "height": height,
        "width": width,
        "direction": data.source.direction,
        "labelSide": data.source.label_side,
        "scale": False,  # the model scales on the device: uint8 is a quarter of float32
        "formats": data.formats,
        "notes": data.notes,
    }
    test = {"batchSize": config.INFER_BATCH_SIZE, **shared}
    trainDs = distribute_dataset(
        run.strategy,
        lambda context: load_dataset(
            batchSize=settings.batch_size,
            train=True,
            augment=settings.augment,
            seed=settings.seed,
            startPair=run.initial_pair,
            cache=settings.cache,
            inputContext=context,
            **shared,
        ),
    )
    testDs = distribute_dataset(
        run.strategy,
        lambda context: load_dataset(
            cache=settings.cache, inputContext=context, **test
        ),
    )
    # A process of a cluster has its part of the test batches only.
    gridDs = testDs if run.cluster.size == 1 else load_dataset(cache="none", **test)
    return trainDs, testDs, gridDs


if __name__ == "__main__":
    run_command(main)
