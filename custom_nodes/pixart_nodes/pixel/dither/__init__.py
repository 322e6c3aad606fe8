"""Dithers: error diffusion, thresholds by position and curves, and the entry that picks one by name."""
