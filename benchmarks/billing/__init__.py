"""J2: deliveries become issued invoices with tax, terms, numbers, journal, open items, facts."""
