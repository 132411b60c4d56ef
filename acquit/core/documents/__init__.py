"""Canonical documents: what every syntax is read into and written from. Pure."""
