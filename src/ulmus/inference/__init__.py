"""Using a trained model: generated tokens and class probabilities."""
