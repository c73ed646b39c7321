"""Member management for the Django admin."""

__version__ = "0.1.0"
