"""A live look at a configuration and its surroundings; what every stable code means."""
