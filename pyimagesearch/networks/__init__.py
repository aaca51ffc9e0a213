"""Networks and what belongs to their training: GAN losses, EMA, receptive fields."""
