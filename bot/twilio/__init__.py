"""Twilio's webhooks: what a patient writes to a number there, and what became of our messages."""
