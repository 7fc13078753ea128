"""Looks for mistakes in manifests, in a configuration, and at a running gate."""
