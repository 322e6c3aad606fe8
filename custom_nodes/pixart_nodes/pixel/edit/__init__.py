"""Edits of finished pixel art: outlines, seamless tiles, contrast, masks, steady animations."""
