"""A line read while it is written: the state, its decoder, and the session around them."""
