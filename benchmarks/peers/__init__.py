"""Other programs, installed at run time from PyPI in environments of their own."""
