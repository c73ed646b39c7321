"""Billing: the subscription that pays for the seats, what it owes, and what was changed."""
