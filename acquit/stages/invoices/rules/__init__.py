"""What a finance person could argue about: grouping, amounts, credits, checks, numbers."""
