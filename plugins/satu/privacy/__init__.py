"""Personal data: erasure, masking, grants, log of accesses, retention."""
