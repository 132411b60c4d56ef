"""Key figures as pure functions: the same inputs give the same figure, on screen and by API."""
