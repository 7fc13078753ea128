"""The command line: serve, config, secret, demo, completion."""
