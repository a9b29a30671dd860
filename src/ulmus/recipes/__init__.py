"""Recipes: each reads like the paper it comes from, and writes what it made."""
