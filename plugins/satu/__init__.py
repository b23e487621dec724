"""Satu turns the exports of a population census into one record per person and publishable numbers.

The way of a row: land, load, build, link, gate, release, export. Each word is a module of this package.
"""
