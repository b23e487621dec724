"""Satu turns the exports of a population census into one record per person and publishable numbers.

The stages of the pipeline: land, load, build, link, gate, release, export. Each is a module of this package.
"""
