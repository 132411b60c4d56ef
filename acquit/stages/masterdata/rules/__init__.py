"""What is right or wrong with master data, and what follows from it. Pure."""
