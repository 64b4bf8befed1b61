"""The booking form, which WhatsApp shows in place of a run of questions: when it is offered, its screens, its end."""
