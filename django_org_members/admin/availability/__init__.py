"""Availability: who is on call, and the editing of what it is made of."""
