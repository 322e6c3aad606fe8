"""What a pixel artist would repair by hand: orphan pixels, small clusters, jaggies."""
