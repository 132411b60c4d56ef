"""E-invoices judged, read, written and printed, beside the programs that people use for it."""
