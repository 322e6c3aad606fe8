"""Colours: their spaces and distances, how the eye feels them, and the levels that files and floats have."""
