"""The program: command line, settings, connections, embedded stores, processes."""
