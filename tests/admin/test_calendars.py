"""The page of calendars: one's addresses, everybody's for managers, and what is imported."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.debug import ExceptionReporter
from django.views.decorators.debug import sensitive_variables

from django_org_members.admin.availability import calendars as page
from django_org_members.admin.availability import imports
from django_org_members.availability.calendars.fetching import Fetched
from django_org_members.models import CalendarFeed, ImportedCalendar, Rotation
from django_org_members.scheduling import calendars, feeds, refreshing

for library in ("icalendar", "recurring_ical_events", "urllib3"):
    pytest.importorskip(library, reason=f"{library}, of the extra calendars, is not installed.")

pytestmark = pytest.mark.django_db
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:{begins}\r\nDURATION:P1D\r\n"
    "ATTENDEE:mailto:{who}\r\nSUMMARY:On Call - Cy <b>Contractor</b> - Platform\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def url(page_url):
    return page_url("organization_calendars")


@pytest.fixture
def rotation(acme):
    return Rotation.objects.create(organization=acme, name="Primary <b>", time_zone="UTC", layers=[])


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def viewer(acme, make_member, make_role):
    return make_member(acme, role=make_role(acme, "view_members", name="Viewer"), full_name="Vera Viewer")


def calendar_file(who="cy@x.example"):
    begins = timezone.now() - timedelta(hours=1)
    return SimpleUploadedFile("on-call.ics", CALENDAR.format(who=who, begins=f"{begins:%Y%m%dT%H%M%SZ}").encode())


def words_of(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_an_address_is_shown_once(url, viewer, as_user, rotation):
    client = as_user(viewer.user)
    response = client.post(url, {"rotation": rotation.pk})
    assert "no-store" in response.headers["Cache-Control"]
    path = response.content.decode().partition('value="http://testserver')[2].partition('"')[0]
    assert path.startswith("/account/calendar/")
    assert Client().get(path).status_code == 200
    assert f"webcal://testserver{path}" in response.content.decode()
    listed = client.get(url)
    assert path not in listed.content.decode()
    assert "Primary <b>" in words_of(listed)
    assert "<bdi>Primary &lt;b&gt;</bdi>" in listed.content.decode()


@pytest.mark.parametrize(("module", "name"), [(feeds, "_record"), (page, "_secret")])
def test_no_report_of_an_error_tells_the_address(url, viewer, as_user, rotation, monkeypatch, module, name):
    """Neither where making it fails, nor where showing it does."""

    @sensitive_variables()
    def fail(*_arguments):
        raise RuntimeError

    token = "secret" * 5  # in one word nowhere here: the report holds these lines, too
    monkeypatch.setattr(feeds.secrets, "token_urlsafe", lambda _size: token)
    monkeypatch.setattr(module, name, fail)
    with pytest.raises(RuntimeError) as caught:
        as_user(viewer.user).post(url, {"rotation": rotation.pk})
    report = ExceptionReporter(RequestFactory().post(url), caught.type, caught.value, caught.tb.tb_next)
    told = report.get_traceback_text() + report.get_traceback_html()
    assert "calendars_page" in told
    assert token not in told


def test_an_eleventh_address_is_refused_at_the_field(url, acme, viewer, as_user, rotation):
    for _ in range(feeds.MOST_FEEDS):
        feeds.create_feed(actor=viewer.user, organization=acme, rotation=rotation)
    assert "You have 10 addresses already." in words_of(as_user(viewer.user).post(url, {"rotation": rotation.pk}))


def test_a_rotation_of_another_organization_is_no_choice(url, viewer, as_user, make_organization):
    foreign = Rotation.objects.create(organization=make_organization(), name="X", time_zone="UTC", layers=[])
    response = as_user(viewer.user).post(url, {"rotation": foreign.pk})
    assert "Select a valid choice" in words_of(response)
    assert not CalendarFeed.objects.exists()


def test_managers_see_who_has_which_and_revoke_them(url, page_url, acme, viewer, as_user, manager, rotation):
    feed, token = feeds.create_feed(actor=viewer.user, organization=acme, rotation=rotation)
    listed = manager.get(url)
    assert "Vera Viewer" in words_of(listed)
    assert token not in listed.content.decode()
    assert "Addresses of others" not in words_of(as_user(viewer.user).get(url))
    revoke = page_url("feed_revoke", feed_id=feed.pk)
    assert "Vera Viewer" in words_of(manager.get(revoke))
    assert CalendarFeed.objects.exists(), "looking changes nothing"
    response = manager.post(revoke)
    assert (response.status_code, told(response)[0][:20]) == (302, "Revoked the address.")
    assert Client().get(f"/account/calendar/{token}.ics").status_code == 404


def test_a_viewer_revokes_their_own_only(page_url, acme, viewer, admin_member, as_user, rotation):
    own, other = (
        feeds.create_feed(actor=each.user, organization=acme, rotation=rotation)[0] for each in (viewer, admin_member)
    )
    client = as_user(viewer.user)
    assert client.post(page_url("feed_revoke", feed_id=other.pk)).status_code == 403
    assert client.post(page_url("feed_revoke", feed_id=own.pk)).status_code == 302
    assert list(CalendarFeed.objects.all()) == [other]


def add(client, page_url, **data):
    return client.post(page_url("calendar_add"), {"name": "PagerDuty", **data})


def test_importing_a_file(url, page_url, manager):
    response = add(manager, page_url, document=calendar_file())
    assert told(response) == ["Imported the calendar PagerDuty."]
    words = words_of(manager.get(url))
    assert "1 person or event belongs to no member" in words
    assert "cy@x.example: On Call - Cy <b>Contractor</b> - Platform (1 shift)" in words
    assert "Add a member with the address below" in words


def test_what_cannot_be_read_is_told_at_its_field_and_nothing_is_lost(page_url, manager):
    response = add(manager, page_url, url="http://127.0.0.1/x")
    words, content = words_of(response), response.content.decode()
    assert "This address leads into a local network" in words
    assert 'value="PagerDuty"' in content
    assert "om-form__row--wrong" in content
    assert not ImportedCalendar.objects.exists()


def test_an_empty_form(page_url, manager):
    words = words_of(manager.post(page_url("calendar_add"), {}))
    assert "This field is required." in words
    assert "Enter an address, or choose a file." in words_of(add(manager, page_url))


def test_a_large_file(page_url, manager):
    response = add(manager, page_url, document=SimpleUploadedFile("x.ics", b"x" * (5 * 1024 * 1024 + 1)))
    assert "larger than 5 MB" in words_of(response)


def test_the_stored_address_is_masked(url, page_url, acme, manager):
    calendar = ImportedCalendar.objects.create(
        organization=acme, name="PagerDuty", url="https://acme.pagerduty.com/private/secret-x/feed"
    )
    for address in (url, *(page_url(name, calendar_id=calendar.pk) for name in ("calendar_edit", "calendar_remove"))):
        assert "secret-x" not in manager.get(address).content.decode()
    assert "acme.pagerduty.com/…" in words_of(manager.get(url))


def test_renaming_and_removing(page_url, manager):
    add(manager, page_url, document=calendar_file())
    calendar = ImportedCalendar.objects.get()
    response = manager.post(page_url("calendar_edit", calendar_id=calendar.pk), {"name": "Other"})
    assert told(response)[-1] == "Saved the calendar Other."
    remove = page_url("calendar_remove", calendar_id=calendar.pk)
    assert "Nothing changes in the other system." in words_of(manager.get(remove))
    assert manager.post(remove).status_code == 302
    assert not ImportedCalendar.objects.exists()


def test_one_that_is_removed_while_it_is_edited_is_missing(page_url, acme, manager, monkeypatch):
    """Reading a new address takes its time."""
    calendar = ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    edit = imports.edit_calendar

    def slowly(**arguments):
        ImportedCalendar.objects.all().delete()
        return edit(**arguments)

    monkeypatch.setattr(imports, "edit_calendar", slowly)
    url = page_url("calendar_edit", calendar_id=calendar.pk)
    assert manager.post(url, {"name": "Other"}).status_code == 404


def test_refresh_now_says_what_came_of_it(url, page_url, acme, manager):
    add(manager, page_url, document=calendar_file())
    calendar = ImportedCalendar.objects.get()
    refresh = page_url("calendar_refresh", calendar_id=calendar.pk)
    assert manager.get(refresh).status_code == 405
    assert "a moment ago" in told(manager.post(refresh))[-1]
    old = timezone.now() - timedelta(hours=1)
    ImportedCalendar.objects.update(tried_at=old)
    assert told(manager.post(refresh))[-1] == "Read PagerDuty: nothing has changed."
    ImportedCalendar.objects.update(tried_at=old, url="http://127.0.0.1/")
    assert "what was read last stays" in told(manager.post(refresh))[-1]
    words = words_of(manager.get(url))
    assert "This address leads into a local network" in words
    assert "What was read last stays." in words


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site", ["admin", "org"])
def test_the_network_is_asked_in_no_transaction(page_url, acme, staff, as_user, monkeypatch, site):
    """Not in a project either that has each request in one: it would be open, and hold its locks, as long as that takes."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    asked_in_transaction = []

    def fetch(url, validator=""):
        asked_in_transaction.append(connection.in_atomic_block)
        return Fetched(calendar_file().read())

    for module in (calendars, refreshing):
        monkeypatch.setattr(module, "fetch", fetch)
    client = as_user(staff if site == "admin" else acme.owner)

    def post(name, data, **ids):
        assert client.post(page_url(name, site=site, **ids), data).status_code == 302

    source = {"name": "PagerDuty", "url": "https://calendars.example/on-call.ics"}
    post("calendar_add", source)
    ids = {"calendar_id": ImportedCalendar.objects.get().pk}
    post("calendar_edit", source, **ids)
    ImportedCalendar.objects.update(tried_at=None)
    post("calendar_refresh", {}, **ids)
    assert asked_in_transaction == [False, False, False]


def test_another_organization_s_calendar_is_missing(page_url, make_organization, manager):
    foreign = ImportedCalendar.objects.create(organization=make_organization(), name="X")
    for name in ("calendar_edit", "calendar_refresh", "calendar_remove"):
        assert manager.post(page_url(name, calendar_id=foreign.pk), {"name": "Y"}).status_code == 404
    assert ImportedCalendar.objects.get().name == "X"


def test_without_the_extra_the_page_says_what_to_install(url, page_url, acme, manager, rotation, monkeypatch):
    ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    for module in (page, imports):
        monkeypatch.setattr(module, "is_installed", lambda: False)
    response = manager.get(url)
    assert "django-org-members[calendars]" in words_of(response)
    assert "Make Address" not in words_of(response)
    assert "PagerDuty" in words_of(response)
    assert "django-org-members[calendars]" in words_of(manager.get(page_url("calendar_add")))


def test_queries_are_constant(url, acme, manager, rotation, make_member, make_role):
    role = make_role(acme, "view_members")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            manager.get(url)
        return len(captured)

    def fill(number):
        member = make_member(acme, role=role)
        feeds.create_feed(actor=member.user, organization=acme, rotation=rotation)
        ImportedCalendar.objects.create(organization=acme, name=f"Calendar {number}")

    fill(0)
    before = queries()
    for number in range(1, 6):
        fill(number)
    assert queries() == before <= 14
