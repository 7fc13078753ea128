"""OpenID Connect without the network: metadata, keys, ID tokens, token requests. Pure."""
