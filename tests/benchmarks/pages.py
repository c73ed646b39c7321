"""Every case, in our list at both sizes and in the stock list, one after the other in one run."""

from __future__ import annotations

import sys

from demo.cast import STAFF
from django.contrib.auth import get_user_model

from .cases import CASES
from .measuring import milliseconds, queries, signed_in
from .report import Row


def measure(large, small, *, repeat, with_stock):
    """Yield a `Row` for each case. Our pages are visited as the organization's Owner, the stock's as the superuser."""
    at_large, at_small = (signed_in(subject.organization.owner) for subject in (large, small))
    stock = signed_in(get_user_model()._default_manager.get(username=STAFF.email))
    for case in CASES:
        print(f"{case.name} …", file=sys.stderr)
        yield Row(
            page=case.name,
            ours=milliseconds(at_large, case.ours(large), repeat),
            ours_queries=queries(at_large, case.ours(large)),
            ours_small=milliseconds(at_small, case.ours(small), repeat),
            stock=milliseconds(stock, case.stock(large), repeat) if with_stock else None,
        )
