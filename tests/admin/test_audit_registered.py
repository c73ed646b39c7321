"""Events in the ordinary admin: not there, and refusing where a project puts them there."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import override_settings
from django.urls import path, reverse

from django_org_members.admin import members_site
from django_org_members.models import AuditEvent
from django_org_members.models.audit import AppendOnly
from tests.urls import urlpatterns as usual

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

site = admin.AdminSite(name="projects")
site.register(AuditEvent, admin.ModelAdmin)
urlpatterns = [*usual, path("projects/", site.urls)]


@pytest.fixture
def event(acme, happened):
    happened(acme, {"verb": "greeted", "name": "Ada"})
    return AuditEvent.objects.get(verb="greeted")


@pytest.fixture
def client(as_user, staff):
    return as_user(staff)


def test_no_site_of_the_package_has_them():
    assert not admin.site.is_registered(AuditEvent)
    assert not members_site.is_registered(AuditEvent)


def test_a_project_s_own_admin_can_list_them(client, event):
    assert client.get(reverse("projects:org_members_auditevent_changelist")).status_code == 200
    assert client.get(reverse("projects:org_members_auditevent_change", args=[event.pk])).status_code == 200


def refused(client, url, data):
    """An error of the project, which ought to have made it read-only: nothing is changed."""
    with pytest.raises(AppendOnly):
        client.post(url, data)
    assert AuditEvent.objects.get(verb="greeted").name == "Ada"


def test_the_change_page_cannot_save(client, event, acme):
    people = {"actor": acme.owner_id, "user": acme.owner_id}
    data = {"organization": acme.pk, "verb": "greeted", "name": "Eve", "details": "{}", **people}
    refused(client, reverse("projects:org_members_auditevent_change", args=[event.pk]), data)


def test_the_delete_page_cannot_delete(client, event):
    refused(client, reverse("projects:org_members_auditevent_delete", args=[event.pk]), {"post": "yes"})


def test_the_delete_action_cannot_delete(client, event):
    data = {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"}
    refused(client, reverse("projects:org_members_auditevent_changelist"), data)


@override_settings(DEBUG=True)
def test_the_list_s_own_editing_cannot_save(client, event, monkeypatch):
    model_admin = site.get_model_admin(AuditEvent)
    monkeypatch.setattr(model_admin, "list_display", ("pk", "name"))
    monkeypatch.setattr(model_admin, "list_editable", ("name",))
    data = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": event.pk,
        "form-0-name": "Eve",
        "_save": "Save",
    }
    refused(client, reverse("projects:org_members_auditevent_changelist"), data)
