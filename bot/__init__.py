"""WhatsApp and nothing else: receive, translate the wire, keep each patient's order, answer."""
