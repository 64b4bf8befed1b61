"""The domain: documents, schedules, slots, booking, callbacks. It imports nothing else of ours."""
