"""CTC decoding: prefix beams, the words in them, rescoring."""
