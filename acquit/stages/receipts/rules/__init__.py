"""What a bank file says, and which of its movements are new."""
