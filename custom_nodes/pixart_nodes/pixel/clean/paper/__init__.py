"""A photo of a drawing on paper becomes the drawing: page, light, rulings, ink. It needs OpenCV."""
