"""Rotations as pages: an unsaved form with buttons, a review, and the change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as django_timezone

from django_org_members.models import AuditEvent, Membership, Override, Rotation
from django_org_members.scheduling import rotations
from django_org_members.scheduling.drafts import LayerDraft, RotationDraft, draft_of
from django_org_members.scheduling.rotation_rules import stale
from django_org_members.scheduling.rotations import create_rotation, edit_rotation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def people(acme, make_member):
    return [make_member(acme, full_name=name).pk for name in ("Bela Best", "Cleo Cole", "Dora Dean")]


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def url(page_url):
    return page_url("rotation_create")


@pytest.fixture
def make(people):
    """Make a rotation of a week each since four weeks ago: `make(organization, name="Support", members=people)`."""

    def make(organization, name="Support", members=None):
        layer = LayerDraft(members=tuple(members or people), starts_on=date(2026, 11, 2))
        return create_rotation(
            actor=organization.owner, organization=organization, draft=RotationDraft(name, "UTC", (layer,))
        )

    return make


def words_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def told(response):
    """Return the last message."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]


def layer(index, members, **fields):
    """Return the fields of a layer's form."""
    values = {
        "members": ",".join(map(str, members)),
        "name": "",
        "length": "1",
        "unit": "weeks",
        "weekday": "0",
        "handoff": "09:00",
        "starts_on": "2026-11-02",
        **fields,
    }
    return {f"layer-{index}-{name}": value for name, value in values.items()}


def form(*layers, **fields):
    """Return the fields of the whole form."""
    values = {"name": "Support", "time_zone": "UTC", "when_away": "skip", "layers": str(len(layers))}
    for each in layers:
        values |= each
    return values | fields


def posted(response):
    """Return what the form or the review would send."""
    inputs = re.findall(r"<input[^>]*>", response.content.decode())
    fields: dict[str, list[str]] = {}
    for each in inputs:
        found = dict(re.findall(r'(\w+)="([^"]*)"', each))
        if found.get("type") in ("checkbox", "radio") and " checked" not in each:
            continue
        if "name" in found and found["name"] != "csrfmiddlewaretoken":
            fields.setdefault(found["name"], []).append(unescape(found.get("value", "")))
    return fields


def test_a_rotation_is_reviewed_and_then_made(acme, people, manager, url):
    review = manager.post(url, form(layer(0, people)))
    assert not Rotation.objects.exists()
    words = words_of(review)
    assert "On call now Bela Best" in words
    assert re.search(r"now Bela Best .*Nov. 30, 2026, 9 a.m. Cleo Cole .*Dec. 7, 2026, 9 a.m. Dora Dean", words)
    fields = posted(review)
    assert told(manager.post(url, {**fields, "confirmed": "1"})) == ["Created the rotation Support."]
    rotation = Rotation.objects.get()
    assert draft_of(rotation, rotation.places.all()).layers[0].members == tuple(people)


def test_back_leads_to_the_form_as_it_was(people, manager, url):
    back = manager.post(url, {**posted(manager.post(url, form(layer(0, people, name="Day shift")))), "back": "1"})
    assert posted(back)["layer-0-members"] == [",".join(map(str, people))]
    assert posted(back)["layer-0-name"] == ["Day shift"]


def test_an_edit_says_who_is_on_call_before_and_after(acme, people, make, manager, page_url):
    rotation = make(acme)
    url = page_url("rotation_edit", rotation_id=rotation.pk)
    fields = posted(manager.get(url)) | {"layer-0-unit": "weeks", "layer-0-weekday": "0", "when_away": "skip"}
    same = manager.post(url, {**fields, "layer-0-length": "2"})
    assert "On call now Bela Best Once it is saved Bela Best as before" in words_of(same)
    out = manager.post(url, {**fields, "layer-0-members": f"{people[1]},{people[2]}"})
    assert "On call now Bela Best Once it is saved Cleo Cole Somebody else is on call" in words_of(out)
    assert told(manager.post(url, fields)) == ["Nothing to change."]
    assert told(manager.post(url, {**posted(out), "confirmed": "1"})) == ["Saved the rotation Support."]
    assert list(rotation.places.values_list("membership", flat=True)) == people[1:]


COMMANDS = [
    ("layer-0:up:{1}", [1, 0, 2]),
    ("layer-0:down:{0}", [1, 0, 2]),
    ("layer-0:up:{0}", [0, 1, 2]),
    ("layer-0:down:{2}", [0, 1, 2]),
    ("layer-0:remove:{1}", [0, 2]),
    ("layer-0:remove:987654", [0, 1, 2]),
    ("layer-0:nonsense:{1}", [0, 1, 2]),
    ("layer-7:up:{1}", [0, 1, 2]),
    ("layer-0:drop", [0, 1, 2]),
    ("{0}", [0, 1, 2]),
]


@pytest.mark.parametrize(("command", "order"), COMMANDS)
def test_buttons_order_the_members_and_save_nothing(people, manager, url, command, order):
    fields = form(layer(0, people, length="x", handoff="25:00"), name="Half", time_zone="Nowhere")
    response = manager.post(url, {**fields, "do": command.format(*people)})
    shown = posted(response)
    assert shown["layer-0-members"] == [",".join(str(people[index]) for index in order)]
    assert [shown[name] for name in ("name", "time_zone", "layer-0-length", "layer-0-handoff")] == [
        ["Half"],
        ["Nowhere"],
        ["x"],
        ["25:00"],
    ]
    assert not Rotation.objects.exists()


def test_the_cursor_stays_with_whoever_was_moved(people, manager, url):
    html = manager.post(url, form(layer(0, people), do=f"layer-0:up:{people[2]}")).content.decode()
    (button,) = re.findall(r"<button[^>]*autofocus[^>]*>", html)
    assert f'value="layer-0:up:{people[2]}"' in button
    html = manager.post(url, form(layer(0, people), do=f"layer-0:up:{people[1]}")).content.decode()
    (button,) = re.findall(r"<button[^>]*autofocus[^>]*>", html)
    assert f'value="layer-0:down:{people[1]}"' in button, "the other way, at the end"


def test_the_cursor_is_where_members_are_looked_for_next(people, manager, url):
    def focused(*layers, **more):
        html = manager.post(url, form(*layers, **more)).content.decode()
        return re.findall(r"<[^>]*name=\"([^\"]*)\"[^>]*autofocus[^>]*>", html)

    assert focused(layer(0, people, q="zora"), do="layer-0:search") == ["layer-0-q"]
    assert focused(layer(0, people, q="zora"), do="enter") == ["layer-0-q"]
    assert focused(layer(0, people), do="add-layer") == ["layer-1-q"]
    assert focused(layer(0, people), layer(1, people), do="layer-1:drop") == ["layer-0-q"]
    assert focused(layer(0, [])) == ["layer-0-q"], "where what is missing is added"


def test_the_first_day_of_a_new_layer_says_what_it_means_and_of_a_saved_one_what_a_change_does(
    acme, people, manager, url, page_url, make_rotation
):
    new, saved = "Nobody is on call before it.", "Another first day begins anew"
    html = manager.get(url).content.decode()
    assert (new in html, saved in html) == (True, False)
    rotation = make_rotation(acme, [Membership.objects.get(pk=people[0])])
    html = manager.get(page_url("rotation_edit", rotation_id=rotation.pk)).content.decode()
    assert (new in html, saved in html) == (False, True)


def test_members_are_found_and_added(acme, people, manager, url, make_member, make_organization):
    make_member(acme, full_name="Zora Zane", disabled=True)
    foreign = Membership.objects.get(organization=make_organization(owner=make_member(make_organization()).user))
    Membership.objects.filter(pk=foreign.pk).update(search_text="zora foreign")
    fields = form(layer(0, people[:1], q="zora"))
    found = manager.post(url, {**fields, "do": "layer-0:search"})
    (zora,) = found.context["layers"][0].found
    assert (zora.display_name, "Disabled" in words_of(found)) == ("Zora Zane", True)
    added = manager.post(url, {**fields, "do": f"layer-0:add:{zora.pk}"})
    assert posted(added)["layer-0-members"] == [f"{people[0]},{zora.pk}"]
    assert "in this layer" in words_of(added)
    smuggled = manager.post(url, {**fields, "do": f"layer-0:add:{foreign.pk}"})
    assert posted(smuggled)["layer-0-members"] == [str(people[0])]
    assert "No member matches." in words_of(manager.post(url, form(layer(0, [], q="xyzzy"), do="layer-0:search")))


def test_a_review_says_in_which_time_zone_its_times_are(people, manager, url):
    with django_timezone.override("Asia/Tokyo"):
        review = manager.post(url, form(layer(0, people), time_zone="Europe/London"))
    assert "Times are in the time zone Asia/Tokyo." in review.content.decode()


def test_the_enter_key_searches_what_was_just_typed_and_else_reviews(people, manager, url):
    typed = manager.post(url, form(layer(0, people, q="cleo"), do="enter"))
    assert [member.display_name for member in typed.context["layers"][0].found] == ["Cleo Cole"]
    again = manager.post(url, form(layer(0, people, q="cleo", searched="cleo"), do="enter"))
    assert "Review the rotation" in words_of(again)


def test_layers_are_added_moved_and_removed(people, manager, url):
    one = form(layer(0, people, name="Base"))
    two = posted(manager.post(url, {**one, "do": "add-layer"}))
    assert (two["layers"], two["layer-1-members"]) == (["2"], [""])
    fields = form(layer(0, people, name="Base"), layer(1, people[:1], name="Top"))
    swapped = posted(manager.post(url, {**fields, "do": "layer-0:raise"}))
    assert (swapped["layer-0-name"], swapped["layer-1-name"]) == (["Top"], ["Base"])
    assert swapped["layer-0-members"] == [str(people[0])]
    left = posted(manager.post(url, {**fields, "do": "layer-0:drop"}))
    assert (left["layers"], left["layer-0-name"]) == (["1"], ["Top"])


def test_the_hours_of_a_layer_have_their_buttons(people, manager, url):
    shown = manager.post(url, form(layer(0, people, restricted="on"), do="layer-0-hours:preset:0"))
    assert posted(shown)["layer-0-hours-4-begins"] == ["09:00"]
    assert "checked" in re.search(r'<input[^>]*name="layer-0-restricted"[^>]*>', shown.content.decode())[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"layer-0-members": ""}, "A rotation without members has nobody to call"),
        ({"layer-0-length": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"layer-0-length": "60"}, "Enter a number from 1 to 52."),
        ({"layer-0-starts_on": ""}, "This field is required."),
        ({"layer-0-handoff": "25:00"}, "Enter a valid time."),
        ({"name": ""}, "This field is required."),
        ({"time_zone": "Berlin"}, "Did you mean Europe/Berlin?"),
        ({"layer-0-restricted": "on"}, "Enter at least one span of the week"),
        (
            {"layer-0-restricted": "on", "layer-0-hours-0-begins": "09:00", "layer-0-hours-0-ends": "09:00"},
            "Monday: the span begins and ends at 09:00.",
        ),
        ({"layer-0-restricted": "on", "layer-0-hours-0-begins": "09:00"}, "Monday: enter both from and until"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(people, manager, url, fields, words):
    response = manager.post(url, form(layer(0, people, name="Kept")) | fields)
    assert words in words_of(response)
    assert "Error:" in words_of(response).partition("|")[0]
    assert posted(response)["layer-0-name"] == ["Kept"]
    assert not Rotation.objects.exists()


def test_whoever_left_meanwhile_is_taken_off_and_that_is_said(acme, people, manager, url):
    Membership.objects.get(pk=people[1]).delete()
    response = manager.post(url, form(layer(0, people)))
    assert "Somebody in this layer is no member of the organization any more." in words_of(response)
    assert posted(response)["layer-0-members"] == [f"{people[0]},{people[2]}"]


def test_whoever_saves_second_is_told_and_may_save_again(acme, people, make, manager, page_url):
    rotation = make(acme)
    url = page_url("rotation_edit", rotation_id=rotation.pk)
    seen = posted(manager.get(url))["seen"][0]
    wanted = draft_of(rotation, rotation.places.all())
    edit_rotation(actor=acme.owner, rotation=rotation, draft=replace(wanted, name="Theirs"))
    mine = form(layer(0, people, was="0"), name="Mine", seen=seen)
    for fields in (mine, {**mine, "confirmed": "1"}):
        response = manager.post(url, fields)
        assert "This rotation was changed meanwhile" in words_of(response)
        assert posted(response)["name"] == ["Mine"]
    rotation.refresh_from_db()
    assert rotation.name == "Theirs"
    assert posted(response)["seen"][0] != seen
    manager.post(url, {**mine, "seen": posted(response)["seen"][0], "confirmed": "1"})
    rotation.refresh_from_db()
    assert rotation.name == "Mine"


def test_a_rotation_that_is_changed_and_then_deleted_meanwhile_is_missing(
    acme, people, make, manager, page_url, monkeypatch
):
    rotation = make(acme)

    def late(**_arguments):
        Rotation.objects.all().delete()
        raise stale()

    monkeypatch.setattr(rotations, "edit_rotation", late)
    fields = form(layer(0, people, was="0"), seen="x", confirmed="1")
    assert manager.post(page_url("rotation_edit", rotation_id=rotation.pk), fields).status_code == 404


def test_the_list_says_who_is_on_call_and_what_is_empty(acme, people, make, manager, page_url):
    make(acme)
    empty = make(acme, "Old", members=people[2:])
    for place in empty.places.all():
        place.delete()
    words = words_of(manager.get(page_url("organization_rotations")))
    assert (
        "Support 3 members · UTC 1 week each, handed over Monday 09:00 Bela Best until Nov. 30, 2026, 9 a.m." in words
    )
    assert "Old 0 members · UTC 1 week each, handed over Monday 09:00 Empty: nobody to call" in words


def test_a_deletion_says_what_goes_with_it(acme, people, make, manager, page_url):
    rotation = make(acme)
    Override.objects.create(rotation=rotation, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    url = page_url("rotation_delete", rotation_id=rotation.pk)
    assert "1 override goes with it." in words_of(manager.get(url))
    assert told(manager.post(url)) == ["Deleted the rotation Support."]
    assert not Rotation.objects.exists()


def test_foreign_ids_are_missing_and_readers_are_refused(
    acme, people, make, make_member, make_organization, make_role, manager, page_url, as_user
):
    other = make_organization()
    foreign = make(other, members=[Membership.objects.get(organization=other).pk])
    own = make(acme)
    reader = as_user(make_member(acme, role=make_role(acme, "view_members", "reset_member_mfa")).user)
    assert "Your role does not let you do this." in words_of(reader.get(page_url("organization_rotations")))
    for name in ("rotation_edit", "rotation_delete"):
        for method in ("get", "post"):
            assert getattr(manager, method)(page_url(name, rotation_id=foreign.pk)).status_code == 404
            assert getattr(reader, method)(page_url(name, rotation_id=own.pk)).status_code == 403
    assert Rotation.objects.count() == 2
    assert AuditEvent.objects.filter(organization_id=acme.pk).count() == 1


def test_the_pages_cost_the_same_for_one_rotation_and_for_twenty(acme, people, make, manager, page_url):
    counts = []
    for size in (1, 20):
        for number in range(size):
            rotation = make(acme, f"R{size}-{number}")
        found = []
        for name, ids in (("organization_rotations", {}), ("rotation_edit", {"rotation_id": rotation.pk})):
            with CaptureQueriesContext(connection) as queries:
                manager.get(page_url(name, **ids))
            found.append(len(queries))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 10


def test_a_review_costs_the_same_for_three_and_for_sixty(acme, people, crowd, manager, url):
    crowd(acme, 60)
    everybody = list(Membership.objects.filter(organization=acme).values_list("pk", flat=True))
    counts = []
    for size in (3, 60):
        with CaptureQueriesContext(connection) as queries:
            manager.post(url, form(layer(0, everybody[:size])))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 15


def test_a_layer_may_begin_in_the_future(people, manager, url):
    review = manager.post(url, form(layer(0, people, starts_on="2026-12-01", unit="days", handoff="10:00")))
    words = words_of(review)
    assert "On call now Nobody" in words
    assert re.search(r"now Nobody .*Dec. 1, 2026, 10 a.m. Bela Best .*Dec. 2, 2026, 10 a.m. Cleo Cole", words)


def test_a_full_form_fits_into_the_limit_of_fields(acme, crowd, people, manager, url, settings):
    """Ten layers of a hundred members, with as many hours as there may be."""
    crowd(acme, 100)
    everybody = list(Membership.objects.filter(organization=acme).values_list("pk", flat=True))[:100]
    hours = {}
    for index in range(10):
        for day in range(7):
            hours[f"layer-{index}-hours-{day}-begins"] = ["08:00", "12:00"]
            hours[f"layer-{index}-hours-{day}-ends"] = ["11:00", "15:00"]
    layers = [layer(index, everybody, restricted="on") for index in range(10)]
    response = manager.post(url, form(*layers) | hours)
    assert "Review the rotation" in words_of(response)
    assert time(8) == time.fromisoformat(posted(response)["layer-9-hours-6-begins"][0])
