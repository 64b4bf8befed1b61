"""Everything that can keep the program from running, as one sentence that says what to do."""


class Trouble(Exception):
    """Shown to the operator as it is, without a traceback."""
