"""The alphabet and language models: what text alone tells."""
