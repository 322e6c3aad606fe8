"""The unified endpoint's parts that its adapter has no room for."""
