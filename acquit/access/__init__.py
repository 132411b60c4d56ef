"""Who may do what: companies, users, roles, limits, approvals, keys, and the command itself."""
