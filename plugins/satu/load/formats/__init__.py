"""Conversion of other formats to delimited text: XLSX sheets, JSON lines, Parquet tables."""
