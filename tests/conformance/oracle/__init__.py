"""oauth2-proxy as an oracle: what is asked of both programs, and which differences are meant.

`neighbours.py` makes requests like those of the recorded rows, from a seed. `programs.py` starts
the program and reads its answers as rows would have them. `accepted.py` names the differences that
a law or a decision wants; every other one is a fault.
"""
