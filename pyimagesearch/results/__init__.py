"""What a trained generator gives."""
