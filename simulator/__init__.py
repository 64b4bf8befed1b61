"""A strict stand-in for Meta's servers, with a patient's phone to type on. It knows only the wire."""
