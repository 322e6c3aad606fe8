"""Pictures made smaller by cells, or larger by rules, and fitted into frames of another shape."""
