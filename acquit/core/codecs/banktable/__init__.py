"""Bank statements as tables of text (CSV): one row a movement, in the layout of the bank.

A running balance proves the rows one by one. A table without one has to be told the closing
balance, else it waits for a person. What a table does not say (account, currency) is told too.
"""

from acquit.core.codecs.banktable.reader import NAME, layouts, read, read_all, sniff

__all__ = ["NAME", "layouts", "read", "read_all", "sniff"]
