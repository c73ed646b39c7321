"""Base classes of Django that are generic for the type checker only, and cannot be subscripted when the code runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.forms import ModelForm

from ..models import LoginEvent, Membership, Organization

if TYPE_CHECKING:
    LoginEventModelAdmin = ModelAdmin[LoginEvent]
    MembershipModelAdmin = ModelAdmin[Membership]
    MembershipPaginator = Paginator[Membership]
    OrganizationModelAdmin = ModelAdmin[Organization]
    OrganizationModelForm = ModelForm[Organization]
else:
    LoginEventModelAdmin = MembershipModelAdmin = OrganizationModelAdmin = ModelAdmin
    MembershipPaginator = Paginator
    OrganizationModelForm = ModelForm
