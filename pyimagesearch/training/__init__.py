"""Training: settings, hardware, callbacks, checkpoints and the run's folder."""
