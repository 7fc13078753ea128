"""A gate to try in one command: identity provider, application and sidegate."""
