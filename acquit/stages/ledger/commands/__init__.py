"""What may be done to the books: post what facts say, reverse an entry, lock and reopen months."""
