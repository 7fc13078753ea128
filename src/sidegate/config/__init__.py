"""What the operator asked for: one table of options, read from flags, environment and file."""
