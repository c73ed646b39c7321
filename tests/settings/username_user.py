"""A project with Django's own User, which signs in with a username."""

from .base import *
