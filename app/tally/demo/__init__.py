"""A gateway inside the program that speaks the same protocol: first run without a key, and tests."""
