"""What the database guards for us: company walls, append-only tables, balance, fast loading."""
