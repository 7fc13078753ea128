"""Checks of the values, one file a group of options; `config.load` asks them all."""
