"""What a picture is, pixel art, a drawing, a cartoon or a photograph, and what is best done with it."""
