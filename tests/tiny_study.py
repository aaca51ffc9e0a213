"""A study of hand-made curves."""


def training(variant, seed, *curve, steps=80, batch_size=2, of="streets"):
    """A cell; the curve's points are (L1, PSNR)."""
    return {
        "set": of,
        "variant": variant,
        "seed": seed,
        "flags": "",
        "steps": steps,
        "batch_size": batch_size,
        "precision": "float32",
        "seconds": 99.0,
        "curve": [
            {"steps": steps * number // len(curve), "l1": l1, "psnr": psnr}
            for number, (l1, psnr) in enumerate(curve, start=1)
        ],
    }


STUDY = {
    "seconds": 80.0,  # 10 from point to point
    "image_size": [32, 32],
    "pace": {},
    "cells": [
        training("tutorial", 42, (0.5, 10.0), (0.25, 12.0), (0.3, 14.0)),
        training("best", 42, (0.4, 16.0), (0.2, 16.0), (0.1, 17.0), steps=4000),
        training("tutorial", 43, (0.5, 10.0), (0.4, 12.0), (0.4, 15.0)),
        training("best", 43, (0.4, 16.0), (0.4, 16.0), (0.2, 15.0), steps=4000),
        training("tutorial, crop", 42, (0.5, 11.0), (0.4, 15.0), (0.3, 13.0)),
    ],
}
