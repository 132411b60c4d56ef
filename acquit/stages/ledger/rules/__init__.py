"""What the books decide: which accounts a fact moves, and on which day."""
