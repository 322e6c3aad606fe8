"""What somebody would repair by hand: orphan pixels, small clusters, jaggies; in `paper`, photos of drawings."""
