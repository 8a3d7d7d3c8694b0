"""Training; needs the ``train`` extra. Nothing in the house imports it."""
