"""What the cells of pix2pix_colab.ipynb call, so that they stay short."""
