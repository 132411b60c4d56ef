"""Settings, URLs, and the table of reactions."""
