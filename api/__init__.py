"""The staff REST API: thin routes over the domain."""
