"""Benchmarks: speed as ratios against a baseline of the same run and files, linkage against a truth that is known."""
