"""The vocabulary every other package shares: values, errors and ports. Standard library only."""
