"""Who may act in an organization and from where, and the permissions that platform staff are granted and lose."""

from .granting import grant, revoke
from .places import access_of
from .report import who_can_act
from .sources import Kind, Person, Source

__all__ = ["Kind", "Person", "Source", "access_of", "grant", "revoke", "who_can_act"]
