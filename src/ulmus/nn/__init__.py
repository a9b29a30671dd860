"""Tensor parts that know nothing of text: layers, dropouts, losses, pooling."""
