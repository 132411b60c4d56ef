"""J5: a large bank statement from bytes to booked receipts."""
