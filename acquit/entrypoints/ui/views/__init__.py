"""Views: each parses, calls one command or query, renders. One file per page or small family."""
