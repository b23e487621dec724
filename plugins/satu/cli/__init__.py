"""The command `satu`."""
