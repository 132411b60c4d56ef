"""Outgoing webhooks: facts, told to the programs of the company's own choice."""
