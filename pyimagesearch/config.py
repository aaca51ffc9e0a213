"""Default settings and recipes. A flag overrides both."""

from pathlib import Path

# data
DATASET = "cityscapes"
DATASET_URL = f"http://efrosgans.eecs.berkeley.edu/pix2pix/datasets/{DATASET}.tar.gz"
TRAIN_BATCH_SIZE = 32
INFER_BATCH_SIZE = 8
IMAGE_WIDTH = 256
IMAGE_HEIGHT = 256
IMAGE_CHANNELS = 3
SIDES = ("A", "B")  # left half or first folder, right half or second folder
DIRECTIONS = ("AtoB", "BtoA")
AUGMENT = "resize"
VAL_FRACTION = 0.1  # of your own pairs, if they have no val and no test folder
MAX_PIXELS = 256_000_000  # of an image file, before it is decoded
CACHE = "auto"
CACHE_SHARE = 0.5  # of the free memory, for decoded images

# networks; the tutorial's have no further settings, the residual ones width and patch
NETWORK = "tutorial"
WIDTH = 64  # filters of the paper's first layers
RESIDUAL_WIDTH = 32  # filters of the residual generator at half of the image's size
PATCH = 70  # pixels
PATCHES = (1, 16, 70, 286)  # pixels
NORM = "instance"
UPSAMPLE = "transpose"

# training
LEARNING_RATE = 2e-4
LR_DECAY = "none"
BETA_1 = 0.9  # of Adam; 0.5 in the paper
GAN_LOSS = "bce"
L1_WEIGHT = 10.0  # lambda; 100 in the paper
D_LOSS_WEIGHT = 1.0  # 0.5 in the paper
AVERAGE_WEIGHTS = False  # keep an EMA of the generator's weights
PRECISION = "auto"
STRATEGY = "auto"
WORKER_TIMEOUT = 600  # seconds
JIT_COMPILE = "auto"
EPOCHS = 150
STEPS_PER_EPOCH = 100
MONITOR_INTERVAL = 10  # epochs
CHECKPOINT_INTERVAL = 1  # epochs
KEEP_BEST = "auto"  # the score whose best generator is kept
VALIDATION_STEPS = 13  # batches of INFER_BATCH_SIZE pairs after every epoch
SEED = 42

# inference
TILE = 1024  # pixels; larger images are tiled

# demo
DEMO_HOST = "127.0.0.1"  # this machine only
DEMO_PORT = 7860
DEMO_EXAMPLES = 8  # validation pairs on the page
UPLOAD_PIXELS = 25_000_000  # of an uploaded image, before it is decoded
UPLOAD_MEGABYTES = 50  # of an uploaded file

# output: files of a run, relative to its folder (--output, --run)
BASE_OUTPUT_PATH = "outputs"
GENERATOR_FILE = "models/generator.keras"
BEST_FILE = "models/best.keras"
IMAGES_FOLDER = "images"
GRID_FILE = "images/grid.png"
TRANSLATED_FOLDER = "images/translated"
CHECKPOINT_FILE = "checkpoints/last.npz"
HISTORY_FILE = "logs/history.csv"
CURVES_FILE = "logs/losses.png"
TENSORBOARD_FOLDER = "logs/tensorboard"
PALETTE_FILE = "palette.csv"
RUN_FILE = "run.json"
PREVIOUS_FOLDER = "previous"
GENERATOR_MODEL = Path(BASE_OUTPUT_PATH, GENERATOR_FILE)
BASE_IMAGES_PATH = Path(BASE_OUTPUT_PATH, IMAGES_FOLDER)
GRID_IMAGE_PATH = Path(BASE_OUTPUT_PATH, GRID_FILE)

RECIPES = {
    # the defaults above
    "tutorial": {},
    # a minute or two on two CPU cores: 400 small street scenes, each once per epoch
    "quick": {
        "image_size": (96, 96),
        "network": "residual",
        "width": 16,
        "batch_size": 4,
        "epochs": 4,
        "steps_per_epoch": 100,
        "learning_rate": 4e-3,
        "lr_decay": "linear",
        "beta_1": 0.5,
        "l1_weight": 500.0,
        "d_loss_weight": 0.5,
        "average_weights": True,
        "monitor_interval": 1,
    },
    # the paper's sections 3.3, 6.1 and 6.2, with the authors' PyTorch schedule
    "paper": {
        "network": "paper",
        "batch_size": 1,
        "epochs": 200,
        "steps_per_epoch": 400,  # each pair of facades once
        "lr_decay": "linear",
        "beta_1": 0.5,
        "l1_weight": 100.0,
        "d_loss_weight": 0.5,
        "augment": "crop",
    },
    # for the best images in minutes; docs/recipes.md has a row for each of its parts
    "fast": {
        "network": "residual",
        "batch_size": 4,
        "epochs": 200,
        "steps_per_epoch": 100,
        "learning_rate": 1e-3,
        "lr_decay": "linear",
        "beta_1": 0.5,
        "l1_weight": 300.0,
        "d_loss_weight": 0.5,
        "augment": "crop",
        "average_weights": True,
    },
}
