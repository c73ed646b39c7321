"""Secret addresses: who gets one, what it serves, and when it is dead."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import actions
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, CalendarFeed
from django_org_members.scheduling import feed_views, feeds
from django_org_members.signals import availability_changed

pytest.importorskip("icalendar", reason="icalendar, of the extra calendars, is not installed.")

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotation(acme, make_rotation):
    return make_rotation(acme, list(acme.memberships.all()), name="Primary")


@pytest.fixture
def viewer(acme, make_member, make_role):
    """A member who may see the others."""
    return make_member(acme, role=make_role(acme, "view_members", name="Viewer"), full_name="Vera Viewer")


@pytest.fixture
def make_feed(acme):
    """An address: `make_feed(user, rotation or None)` returns (feed, path)."""

    def make(user, rotation=None):
        feed, token = feeds.create_feed(actor=user, organization=acme, rotation=rotation)
        return feed, f"/account/calendar/{token}.ics"

    return make


@pytest.fixture
def get():
    """Ask without a session: `get(path, **headers)`."""
    return lambda path, **how: Client().get(path, **how)


def code_of(call):
    with pytest.raises(ValidationError) as caught:
        call()
    return {name: [each.code for each in errors] for name, errors in caught.value.error_dict.items()}


def test_a_rotation_s_address(viewer, rotation, make_feed, get):
    _feed, path = make_feed(viewer.user, rotation)
    response = get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=0"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    assert b"X-WR-CALNAME:Primary" in response.content
    assert b"SUMMARY:" in response.content


def test_a_member_s_own_address(acme, make_member, make_feed, make_rotation, get):
    member = make_member(acme, full_name="Ada Almeida")
    make_rotation(acme, [member], name="Mine")
    make_rotation(acme, [acme.memberships.first()], name="Theirs")
    _feed, path = make_feed(member.user)
    content = get(path).content.decode()
    assert "On call: Mine" in content
    assert "Theirs" not in content


def test_only_the_hash_is_stored_and_nothing_tells_the_token(viewer, rotation, make_feed, caplog, caught):
    received = caught(availability_changed)
    feed, path = make_feed(viewer.user, rotation)
    token = path.removeprefix("/account/calendar/").removesuffix(".ics")
    assert len(token) >= 43, "256 bits"
    assert feed.token_hash == hashlib.sha256(token.encode()).hexdigest()
    event = AuditEvent.objects.get(verb="feed_created")
    assert event.name == "Primary"
    for told in (repr(event.__dict__), repr(received), caplog.text, repr(feed.__dict__)):
        assert token not in told
    assert received[0]["verb"] == "feed_created"


def test_tokens_differ(viewer, rotation, make_feed):
    assert len({make_feed(viewer.user, rotation)[1] for _ in range(5)}) == 5


def test_who_may_have_one(acme, make_member, make_user, make_organization, rotation):
    member, stranger, disabled = make_member(acme), make_user(), make_member(acme, disabled=True)
    for actor, what in ((member.user, rotation), (stranger, rotation), (stranger, None), (disabled.user, None)):
        with pytest.raises(Refused):
            feeds.create_feed(actor=actor, organization=acme, rotation=what)
    other = make_organization()
    assert code_of(lambda: feeds.create_feed(actor=other.owner, organization=other, rotation=rotation)) == {
        "rotation": ["unknown_rotation"]
    }
    assert not CalendarFeed.objects.exists()


def test_a_rotation_that_was_deleted_meanwhile(acme, viewer, rotation):
    stale = type(rotation).objects.get(pk=rotation.pk)
    rotation.delete()
    assert code_of(lambda: feeds.create_feed(actor=viewer.user, organization=acme, rotation=stale)) == {
        "rotation": ["unknown_rotation"]
    }


def test_ten_for_each_person(viewer, rotation, make_feed):
    for _ in range(feeds.MOST_FEEDS):
        make_feed(viewer.user, rotation)
    assert code_of(lambda: make_feed(viewer.user)) == {"rotation": ["too_many"]}


def remove(acme, member):
    actions.perform("remove", actor=acme.owner, members=[member])


def disable(acme, member):
    actions.perform("disable", actor=acme.owner, members=[member])


def deactivate(acme, member):
    member.user.is_active = False
    member.user.save()


def lose_the_role(acme, member):
    actions.perform("set-role", actor=acme.owner, members=[member], role=type(member.role).objects.member())


def be_revoked(acme, member):
    for feed in CalendarFeed.objects.all():
        feeds.revoke_feed(actor=acme.owner, feed=feed)


@pytest.mark.parametrize("what", ["rotation", "own"])
@pytest.mark.parametrize("happens", [remove, disable, deactivate, lose_the_role, be_revoked])
def test_when_an_address_is_dead(acme, viewer, rotation, make_feed, get, what, happens):
    _feed, path = make_feed(viewer.user, rotation if what == "rotation" else None)
    assert get(path).status_code == 200
    happens(acme, viewer)
    alive = what == "own" and happens is lose_the_role
    assert get(path).status_code == (200 if alive else 404)


def test_a_deleted_rotation(viewer, rotation, make_feed, get):
    _feed, path = make_feed(viewer.user, rotation)
    rotation.delete()
    assert get(path).status_code == 404


def test_all_dead_addresses_look_the_same(acme, viewer, rotation, make_feed, get):
    paths = [make_feed(viewer.user, each)[1] for each in (rotation, None)]
    feed, revoked = make_feed(viewer.user, rotation)
    feeds.revoke_feed(actor=viewer.user, feed=feed)
    disable(acme, viewer)
    token = revoked.removeprefix("/account/calendar/").removesuffix(".ics")
    guesses = [
        "x",
        "x" * 43,
        "%00",
        "..",
        "é",
        feed.token_hash,
        token[:-1],
        token.swapcase(),
        f"{token}.ics",
        " ",
        "'--",
    ]
    answers = {
        (response.status_code, response.content, tuple(sorted(response.headers.items())))
        for response in map(get, [*paths, revoked, *(f"/account/calendar/{guess}.ics" for guess in guesses)])
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


@pytest.mark.parametrize("path", ["/account/calendar/", "/account/calendar/.ics", "/account/calendar/a/b.ics"])
def test_what_is_no_address_at_all(get, path):
    assert get(path).status_code == 404


def test_an_answer_that_has_not_changed(viewer, rotation, make_feed, get):
    _feed, path = make_feed(viewer.user, rotation)
    etag = get(path).headers["ETag"]
    again = get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "private, max-age=0"
    rotation.name = "Renamed"
    rotation.save()
    assert get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_dead_address_never_says_that_nothing_has_changed(acme, viewer, rotation, make_feed, get):
    _feed, path = make_feed(viewer.user, rotation)
    etag = get(path).headers["ETag"]
    disable(acme, viewer)
    assert get(path, headers={"If-None-Match": etag}).status_code == 404
    assert get(path, headers={"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_but_reading(viewer, rotation, make_feed, method):
    _feed, path = make_feed(viewer.user, rotation)
    assert getattr(Client(), method)(path).status_code == 405
    assert Client().head(path).status_code == 200


def test_the_session_of_somebody_else_is_no_matter(acme, viewer, rotation, make_feed, make_user, sign_in):
    _feed, path = make_feed(viewer.user, rotation)
    assert sign_in(Client(), make_user()).get(path).status_code == 200


def test_use_is_noted_once_an_hour(viewer, rotation, make_feed, get):
    feed, path = make_feed(viewer.user, rotation)
    get(path)
    feed.refresh_from_db()
    first = feed.last_used_at
    assert timezone.now() - first < timedelta(minutes=1)
    get(path)
    feed.refresh_from_db()
    assert feed.last_used_at == first
    CalendarFeed.objects.update(last_used_at=first - timedelta(hours=2))
    get(path)
    feed.refresh_from_db()
    assert feed.last_used_at >= first


def test_queries_are_constant(acme, viewer, rotation, make_feed, make_rotation, make_member, get):
    paths = [make_feed(viewer.user, each)[1] for each in (rotation, None)]

    def queries():
        counts = []
        for path in paths:
            get(path)
            with CaptureQueriesContext(connection) as captured:
                get(path)
            counts.append(len(captured))
        return counts

    before = queries()
    for _ in range(5):
        make_rotation(acme, [make_member(acme) for _ in range(3)])
    assert queries() == before
    assert max(before) <= 8


def test_revoking(acme, viewer, rotation, make_feed, make_member, caught):
    manager = make_member(acme, role="admin")
    received = caught(availability_changed)
    own, _path = make_feed(viewer.user, rotation)
    other, _path = make_feed(manager.user, rotation)
    with pytest.raises(Refused):
        feeds.revoke_feed(actor=viewer.user, feed=other)
    assert feeds.revoke_feed(actor=manager.user, feed=own)
    assert not feeds.revoke_feed(actor=manager.user, feed=own)
    assert [each["verb"] for each in received] == ["feed_created", "feed_created", "feed_revoked"]
    event = AuditEvent.objects.get(verb="feed_revoked")
    assert event.details["owner_of_address"] == "Vera Viewer"


@pytest.mark.parametrize("is_own", [True, False])
def test_who_is_told_that_an_address_ended_finds_it_ended(viewer, rotation, make_feed, get, caught, is_own):
    feed, path = make_feed(viewer.user, None if is_own else rotation)
    told = caught(availability_changed, lambda: get(path).status_code)
    feeds.revoke_feed(actor=viewer.user, feed=feed)
    assert told == [404]
    details = AuditEvent.objects.get(verb="feed_revoked").details
    assert details == ({"member": "Vera Viewer"} if is_own else {"rotation": "Primary"})


def test_without_the_extra_every_address_is_answered_alike(viewer, rotation, make_feed, get, monkeypatch):
    _feed, path = make_feed(viewer.user, rotation)
    monkeypatch.setattr(feed_views, "is_installed", lambda: False)
    assert get(path).status_code == get("/account/calendar/x.ics").status_code == 503


# One's own pages


@pytest.fixture
def own(acme, make_member, sign_in):
    """A member, and a client of theirs."""
    member = make_member(acme, full_name="Ada Almeida")
    return member, sign_in(Client(), member.user)


def test_making_and_revoking_one_s_own(acme, own, get, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BASE_URL": "https://app.example.com"}
    member, client = own
    assert "Make an address" in client.get("/account/availability/").content.decode()
    response = client.post(f"/account/availability/feeds/{acme.pk}/")
    assert "no-store" in response.headers["Cache-Control"]
    content = response.content.decode()
    path = content.partition('value="https://app.example.com')[2].partition('"')[0]
    assert get(path).status_code == 200
    assert f'href="webcal://app.example.com{path}"' in content
    listed = client.get("/account/availability/").content.decode()
    assert path not in listed
    feed = CalendarFeed.objects.get(user=member.user)
    assert client.post(f"/account/availability/feeds/revoke/{feed.pk}/").status_code == 302
    assert get(path).status_code == 404


def test_another_s_addresses_and_organizations_are_missing(acme, viewer, own, rotation, make_feed, make_organization):
    _member, client = own
    feed, _path = make_feed(viewer.user, rotation)
    assert client.post(f"/account/availability/feeds/revoke/{feed.pk}/").status_code == 404
    assert client.post(f"/account/availability/feeds/{make_organization().pk}/").status_code == 404
    assert client.post("/account/availability/feeds/987654/").status_code == 404
    assert CalendarFeed.objects.count() == 1


@pytest.mark.parametrize("path", ["1/", "revoke/1/"])
def test_one_s_own_pages_need_a_sign_in(path, db):
    response = Client().post(f"/account/availability/feeds/{path}")
    assert response.status_code == 302
    assert "login" in response.url


def test_changes_are_made_by_post_only(acme, own):
    _member, client = own
    assert client.get(f"/account/availability/feeds/{acme.pk}/").status_code == 405
    assert client.get("/account/availability/feeds/revoke/1/").status_code == 405
