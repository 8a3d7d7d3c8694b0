"""A page that is written on: strokes with names, and the lines, words and drawings they make."""
