"""Out to the world: one module per channel, and the mail server of the demo."""
