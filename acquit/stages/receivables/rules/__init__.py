"""What may be allocated, and how its value in the company's currency is shared."""
