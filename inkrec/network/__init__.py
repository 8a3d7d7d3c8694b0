"""The networks' forward passes, in NumPy."""
