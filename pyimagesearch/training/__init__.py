"""What a run needs around `train_step`."""
