"""What the benchmarks share; `child` and `random_ids` also run in the peer's Python."""
