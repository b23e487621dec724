"""Files that are no delimited text, turned into one: XLSX sheets, JSON lines, Parquet tables."""
