"""Every case, in our list at both sizes and in the stock list, taking turns in one run."""

from __future__ import annotations

import sys

from django.contrib.auth import get_user_model

from demo.cast import STAFF

from .measuring import Page, medians, signed_in
from .report import Row


def measure(cases, large, small, *, repeat, with_stock):
    """Yield a `Row` for each case. Our pages are visited as the organization's Owner, the stock's as the superuser."""
    owner, small_owner = (signed_in(subject.organization.owner) for subject in (large, small))
    staff = signed_in(get_user_model()._default_manager.get(username=STAFF.email))
    for case in cases:
        print(f"{case.name} …", file=sys.stderr)
        ours = Page(owner, case.ours(large))
        reference, is_same = _reference(case, Page(small_owner, case.ours(small)), ours, small)
        stock = [Page(staff, case.stock(large))] if with_stock else []
        times = medians([ours, reference, *stock], repeat)
        yield Row(case.name, ours.rows(), ours.queries(), *times[:2], is_same, *times[2:])


def _reference(case, same, ours, small):
    """Return what to compare with at sixty members, and whether it is the same page.

    It is not where that shows fewer rows (the last page has ten): a page of fifty is compared with a page of fifty.
    """
    if same.rows() >= ours.rows():
        return same, True
    return Page(same.client, case.first.ours(small)), False
