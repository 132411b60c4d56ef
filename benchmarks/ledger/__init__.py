"""J4: ageing and trial balance over a million open items, equal to raw sums to the cent."""
