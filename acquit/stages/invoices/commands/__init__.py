"""The verbs of billing, one file each; ``recording`` and ``drafting`` are what they share."""
