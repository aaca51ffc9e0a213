"""A study of hand-made curves."""


def create_experiment(
    variant, seed, *curve, steps=80, batch_size=2, dataset="streets", seconds=99.0
):
    """An experiment; the points of the curve are (L1, PSNR)."""
    return {
        "dataset": dataset,
        "variant": variant,
        "seed": seed,
        "flags": "",
        "steps": steps,
        "batch_size": batch_size,
        "precision": "float32",
        "seconds": seconds,
        "curve": [
            {"steps": steps * number // len(curve), "l1": l1, "psnr": psnr}
            for number, (l1, psnr) in enumerate(curve, start=1)
        ],
    }


STUDY = {
    "seconds": 80.0,
    "image_size": [32, 32],
    "step_times": {},
    "experiments": [
        create_experiment("tutorial", 42, (0.5, 10.0), (0.25, 12.0), (0.3, 14.0)),
        create_experiment(
            *("best", 42, (0.4, 16.0), (0.2, 16.0), (0.1, 17.0)), steps=4000
        ),
        create_experiment(
            *("tutorial", 43, (0.5, 10.0), (0.4, 12.0), (0.4, 15.0)), seconds=112.0
        ),
        create_experiment(
            *("best", 43, (0.4, 16.0), (0.4, 16.0), (0.2, 15.0)), steps=4000
        ),
        create_experiment(
            *("tutorial, crop", 42, (0.5, 11.0), (0.4, 15.0), (0.3, 13.0)), seconds=82.4
        ),
    ],
}
