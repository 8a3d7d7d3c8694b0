"""Feature points along the ink, and the bitmap of what lies around each."""
