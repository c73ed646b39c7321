"""The front page of the demo."""

from __future__ import annotations

from typing import Any

from django.views.generic import TemplateView

from .accounts import ACCOUNTS
from .people import PASSWORD


class HomeView(TemplateView):
    """Where to go, and whom to sign in as."""

    template_name = "demo/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the accounts."""
        return super().get_context_data(accounts=ACCOUNTS, password=PASSWORD, **kwargs)
