"""Builds the container image with Debian's packages and plain Python; no engine is needed.

Rule 1: everything that goes in is pinned by digest: `debian-ARCH.lock`, `requirements/runtime.txt`.
Rule 2: the same source and locks give the same digest: no clock, no order of a file system,
nobody's umask and no version of the Python that builds are part of the image.
Rule 3: what is not needed to serve is not there: no shell, no package manager, no compiler.
"""
