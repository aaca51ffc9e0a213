"""The shapes of cars, vans, buses and trucks."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Model:
    """The shape of a vehicle, in metres from its middle and above the road.

    Args:
        label: its class.
        width: metres.
        body: (along, up) from the front's foot over the top to the rear's foot.
        cabin: (along, up) of the windscreen's foot and head, then of the rear's head
            and foot.
        lean: the roof's width over the body's.
        axles: along, front and rear.
        panes: the windows of the "front", the "rear" and the "side" of the cabin, as
            boxes in shares: across, up, across, up.
    """

    label: str
    width: float
    body: tuple[tuple[float, float], ...]
    cabin: tuple[tuple[float, float], ...]
    lean: float
    axles: tuple[float, float]
    panes: dict[str, tuple[tuple[float, float, float, float], ...]]


CAR_PANES = {
    "front": ((0.06, 0.06, 0.94, 0.92),),
    "rear": ((0.09, 0.14, 0.91, 0.88),),
    "side": ((0.06, 0.1, 0.5, 0.88), (0.54, 0.1, 0.92, 0.88)),
}
# The bodies have seven corners: vehicles.BODY_DETAILS counts the faces between them.
MODELS = {
    "hatchback": Model(
        label="car",
        width=1.78,
        body=(
            (2.0, 0.24),
            (2.05, 0.6),
            (1.9, 0.8),
            (1.1, 1.0),
            (-1.95, 1.0),
            (-2.05, 0.62),
            (-2.0, 0.26),
        ),
        cabin=((1.1, 1.0), (0.3, 1.46), (-1.55, 1.48), (-1.95, 1.0)),
        lean=0.76,
        axles=(1.3, -1.3),
        panes=CAR_PANES,
    ),
    "saloon": Model(
        label="car",
        width=1.82,
        body=(
            (2.3, 0.24),
            (2.35, 0.58),
            (2.2, 0.76),
            (1.2, 0.96),
            (-2.2, 1.02),
            (-2.35, 0.62),
            (-2.3, 0.26),
        ),
        cabin=((1.2, 0.96), (0.3, 1.43), (-1.0, 1.43), (-1.75, 1.0)),
        lean=0.74,
        axles=(1.45, -1.4),
        panes=CAR_PANES,
    ),
    "suv": Model(
        label="car",
        width=1.9,
        body=(
            (2.2, 0.3),
            (2.28, 0.72),
            (2.15, 0.95),
            (1.2, 1.14),
            (-2.2, 1.14),
            (-2.3, 0.72),
            (-2.25, 0.32),
        ),
        cabin=((1.2, 1.14), (0.45, 1.68), (-1.9, 1.7), (-2.2, 1.14)),
        lean=0.8,
        axles=(1.4, -1.4),
        panes=CAR_PANES,
    ),
    "van": Model(
        label="car",
        width=1.95,
        body=(
            (2.5, 0.3),
            (2.55, 0.75),
            (2.4, 1.0),
            (1.8, 1.2),
            (-2.4, 1.2),
            (-2.5, 0.75),
            (-2.45, 0.32),
        ),
        cabin=((1.8, 1.2), (1.1, 2.0), (-2.35, 2.02), (-2.42, 1.2)),
        lean=0.87,
        axles=(1.6, -1.5),
        panes={
            "front": ((0.05, 0.08, 0.95, 0.9),),
            "rear": ((0.1, 0.2, 0.47, 0.8), (0.53, 0.2, 0.9, 0.8)),
            "side": ((0.08, 0.12, 0.34, 0.85),),
        },
    ),
    "bus": Model(
        label="bus",
        width=2.5,
        body=(
            (5.7, 0.3),
            (5.75, 0.7),
            (5.75, 1.0),
            (5.7, 1.25),
            (-5.7, 1.25),
            (-5.75, 0.7),
            (-5.7, 0.32),
        ),
        cabin=((5.7, 1.25), (5.6, 3.05), (-5.6, 3.05), (-5.7, 1.25)),
        lean=0.97,
        axles=(3.6, -3.0),
        panes={
            "front": ((0.05, 0.02, 0.95, 0.72), (0.15, 0.78, 0.85, 0.94)),
            "rear": ((0.12, 0.3, 0.88, 0.75),),
            "side": tuple((a, 0.1, a + 0.13, 0.72) for a in np.arange(0.03, 0.9, 0.14)),
        },
    ),
    "truck": Model(
        label="truck",
        width=2.45,
        body=(
            (4.0, 0.4),
            (4.1, 0.7),
            (4.1, 0.95),
            (4.05, 1.1),
            (-4.0, 1.1),
            (-4.05, 0.8),
            (-4.0, 0.5),
        ),
        cabin=((4.05, 1.1), (4.0, 3.4), (-4.0, 3.4), (-4.0, 1.1)),
        lean=1.0,
        axles=(2.8, -2.4),
        panes={
            "front": ((0.06, 0.1, 0.94, 0.5),),
            "rear": (),
            "side": ((0.02, 0.1, 0.13, 0.45),),
        },
    ),
}
