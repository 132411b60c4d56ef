"""The verbs of webhooks, one file each."""
