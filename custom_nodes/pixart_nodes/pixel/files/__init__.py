"""Files in bytes: pictures, animations, sprite sheets and palettes, written and read to the byte."""
