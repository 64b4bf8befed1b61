"""The booking form's endpoint: what WhatsApp asks of us while a patient fills it in."""
