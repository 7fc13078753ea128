"""A live view of a gate from its metrics listener."""
