"""The verbs of sending, one file each."""
