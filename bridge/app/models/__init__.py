"""`pixart models`: model files fetched from hubs, checked, listed and removed."""
