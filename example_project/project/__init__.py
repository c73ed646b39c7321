"""A small real project around django-org-members."""
