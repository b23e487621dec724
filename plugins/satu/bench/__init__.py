"""Benchmarks: ratios against a baseline that is measured in the same run on the same files, never seconds alone."""
