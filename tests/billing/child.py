"""A process to be killed: `python -m tests.billing.child STEP PK` works on a subscription, says so at the step, and waits."""

from __future__ import annotations

import json
import os
import sys
import time

import django


def stop(*args, **kwargs):
    """Tell that the step is reached, and go no further."""
    print("HERE", flush=True)
    time.sleep(600)


def stop_before(function):
    return stop


def stop_after(function):
    def call(*args, **kwargs):
        made = function(*args, **kwargs)
        stop()
        return made

    return call


def stop_before_each_goes_on(function):
    """Stop, and go on with it when told so by a line."""

    def call(*args, **kwargs):
        print("HERE", flush=True)
        sys.stdin.readline()
        return function(*args, **kwargs)

    return call


STEPS = {
    # where, and what happens there
    "after the commit": ("receivers.begin", stop_before),
    "after the claim": ("claims.claim", stop_after),
    "before the call": ("stripe.StripeGateway.set_quantity", stop_before),
    "after the call": ("stripe.StripeGateway.set_quantity", stop_after),
    "after settling": ("claims.settle", stop_after),
    "paused before the call": ("stripe.StripeGateway.set_quantity", stop_before_each_goes_on),
}


def main(step, pk):
    django.setup()
    from django.conf import settings

    from django_org_members.billing import claims, receivers, stripe, sync

    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, **json.loads(os.environ["CHILD_SETTINGS"])}
    stripe.READ_SECONDS = 300.0
    if step in STEPS:
        path, patched = STEPS[step]
        *names, last = path.split(".")
        owner = {"claims": claims, "receivers": receivers, "stripe": stripe}[names[0]]
        for name in names[1:]:
            owner = getattr(owner, name)
        setattr(owner, last, patched(getattr(owner, last)))
    if step != "only sync":
        add_member(step, pk)
    sync.sync(pk)
    print("DONE", flush=True)


def add_member(step, pk):
    """Add a member, whose receivers begin a sync after the commit."""
    from django.contrib.auth import get_user_model
    from django.db import transaction

    from django_org_members.models import Membership, Role, Subscription

    model, organization_id = get_user_model(), Subscription.objects.get(pk=pk).organization_id
    with transaction.atomic():
        user = model.objects.create(**{model.USERNAME_FIELD: "child@example.com", "email": "child@example.com"})
        Membership.objects.create(organization_id=organization_id, user=user, role=Role.objects.member())
        if step == "before the commit":
            stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
