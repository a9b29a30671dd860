"""The command line: one file a verb; `main` only dispatches."""
