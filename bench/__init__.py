"""Throughput, latency, races and faults: everything that is measured."""
