"""A sign-in from start to callback, and the way out."""
