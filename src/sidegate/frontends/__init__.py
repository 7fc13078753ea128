"""The ways in: the reverse proxy and the endpoints of the gate, over one admission."""
