"""Where sessions live between requests, and how they are renewed once."""
