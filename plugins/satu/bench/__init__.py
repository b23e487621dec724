"""Benchmarks: speed as ratios against a baseline of the same run and files, linkage against a known truth."""
