"""What a customer sees through a link, without an account: one document, and nothing else."""
