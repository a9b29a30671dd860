"""Honest figures: perplexity, classification scores, and the linear model to be beaten."""
