"""What happens when something breaks, played with real processes and measured.

    make faults                  every fault, one table at the end
    make faults FAULTS="R-04"    some of them

One file per fault, named `rNN_what_breaks.py`, with one `FAULT`; `__main__.py` finds them. Parts
they share: `stage.py` (provider, application, gates), `load.py` (people who keep asking) and
`balancer.py`. What can be decided without measuring is a test, not a fault.
"""
