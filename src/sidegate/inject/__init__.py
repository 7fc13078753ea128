"""Puts the gate into manifests, and takes it out again."""
