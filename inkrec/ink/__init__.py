"""Ink as values, and what its geometry tells: scale, lines, stroke order, gestures."""
