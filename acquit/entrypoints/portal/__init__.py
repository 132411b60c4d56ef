"""What a customer sees through a link, without an account: one document or one question."""
