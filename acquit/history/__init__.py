"""The append-only, hash-chained log of facts, and the archive of bytes by content hash."""
