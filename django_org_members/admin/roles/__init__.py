"""Roles & Permissions: the roles of an organization, and the matrix that shows and edits what each may do."""
