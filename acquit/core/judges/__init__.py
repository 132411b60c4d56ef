"""Judges: who says whether the bytes of a document obey its standard."""
