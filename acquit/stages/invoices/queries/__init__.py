"""Reads of drafts and documents; the views are frozen and scoped to one company."""
