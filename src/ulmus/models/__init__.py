"""Models: parts of `nn` put together, and what crosses from one to another."""
