"""The pure core: no Django, no network, no clock, no randomness."""
