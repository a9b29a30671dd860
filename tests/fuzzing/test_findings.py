"""What fuzzing has found, each told by its message now."""
