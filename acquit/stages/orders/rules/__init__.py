"""What may be ordered, delivered and taken back. Pure."""
