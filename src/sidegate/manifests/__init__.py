"""Kubernetes manifests as text with positions, and as the objects that they describe."""
