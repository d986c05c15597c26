"""The errors that eoss raises."""


class EossError(Exception):
    """What cannot be measured, or went wrong: what, where, and what to do."""
