"""Base classes of Django that are generic for the type checker only, and cannot be subscripted when the code runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.forms import ModelForm

from ..models import Membership, Organization

if TYPE_CHECKING:
    MembershipModelAdmin = ModelAdmin[Membership]
    MembershipPaginator = Paginator[Membership]
    OrganizationModelAdmin = ModelAdmin[Organization]
    OrganizationModelForm = ModelForm[Organization]
else:
    MembershipModelAdmin = OrganizationModelAdmin = ModelAdmin
    MembershipPaginator = Paginator
    OrganizationModelForm = ModelForm
