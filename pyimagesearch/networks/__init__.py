"""Networks and their training: GAN losses, EMA, image sizes, receptive fields."""
