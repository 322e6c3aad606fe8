"""The HTTP side: requests in, answers out, and who may ask."""
