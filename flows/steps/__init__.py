"""One step of a conversation each: how to ask, and how to read the answer."""
