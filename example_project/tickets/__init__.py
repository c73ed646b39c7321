"""A small app of the project's own: each ticket belongs to an organization, and roles tell who may do what to it."""
