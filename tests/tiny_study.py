"""A study of hand-made curves."""


def create_experiment(
    variant, seed, *curve, steps=80, batch_size=2, task="streets-photos", seconds=80.2
):
    """An experiment; the points of the curve are (L1, PSNR)."""
    l1, psnr = curve[-1]
    return {
        "task": task,
        "variant": variant,
        "seed": seed,
        "flags": "",
        "training": {
            "seconds": seconds,
            "steps": steps,
            "batch_size": batch_size,
            "precision": "float32",
            "curve": [
                {
                    "seconds": seconds * number / len(curve),
                    "steps": steps * number // len(curve),
                    "l1Loss": l1,
                    "psnr": psnr,
                }
                for number, (l1, psnr) in enumerate(curve, start=1)
            ],
        },
        "scores": {
            "l1": {"mean": l1, "low": l1 - 0.05, "high": l1 + 0.05},
            "psnr": {"mean": psnr, "low": psnr - 1, "high": psnr + 1},
        },
    }


STUDY = {
    "seconds": 80.0,
    "image_size": [32, 32],
    "experiments": [
        create_experiment("tutorial", 42, (0.5, 10.0), (0.25, 12.0), (0.3, 14.0)),
        create_experiment(
            *("fast", 42, (0.4, 16.0), (0.2, 16.0), (0.1, 17.0)), steps=4000
        ),
        create_experiment(
            *("tutorial", 43, (0.5, 10.0), (0.4, 12.0), (0.4, 15.0)), seconds=81.0
        ),
        create_experiment(
            *("fast", 43, (0.4, 16.0), (0.4, 16.0), (0.2, 15.0)), steps=3990
        ),
        create_experiment(
            *("fast, batch 1", 42, (0.5, 11.0), (0.4, 15.0), (0.3, 13.0)), seconds=79.9
        ),
    ],
}
