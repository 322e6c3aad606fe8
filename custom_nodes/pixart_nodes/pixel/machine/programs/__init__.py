"""The smallest programs that show a picture on a machine, put together byte by byte; no SDK, no maker's logo."""
