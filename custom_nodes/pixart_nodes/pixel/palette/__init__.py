"""Palettes: their entries, the nearest of them, what edits them, and what takes them out of pictures."""
