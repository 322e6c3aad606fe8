"""The pixel grid of a picture that only looks like pixel art, and one colour for each of its cells."""
