"""A session as bytes: keys, sealing, splitting over cookies. Pure."""
