"""Scripts that make what the program reads, from corpora that are not part of it."""
