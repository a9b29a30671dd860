"""The saved model: a folder that another process loads and uses, and nothing in it is run."""
