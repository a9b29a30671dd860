"""Training: one loop, and the data that tells it what to do."""
