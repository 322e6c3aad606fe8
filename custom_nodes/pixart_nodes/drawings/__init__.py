"""Pixel art from shape recipes: the recipes' language, their library, and what draws them at any size."""
