"""The providers: how a reply or a template leaves, and what their answers mean."""
