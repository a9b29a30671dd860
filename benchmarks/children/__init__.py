"""The jobs that are timed, one a module; those named fastai_* run in the peer's Python."""
