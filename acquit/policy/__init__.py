"""Policies: decision tables that people edit, dated and versioned, with shipped defaults."""
