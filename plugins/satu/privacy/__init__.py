"""People's data: erasing a person, masking, who may read, who has read, how long data are kept."""
