"""Bytes to canonical documents and back. Pure: no network, no files but the package's own."""
