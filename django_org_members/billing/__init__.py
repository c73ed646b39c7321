"""Seats: the quantity of a Stripe subscription that follows the members of an organization."""
