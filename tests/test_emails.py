"""E-mails: links that nobody forges, headers that nobody adds, failures that undo nothing."""

from __future__ import annotations

import django
import pytest
from django.contrib.auth import get_user_model
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from django_org_members import joining, notifications
from django_org_members.models import Invitation, Membership, Organization, Role
from django_org_members.notifications.seats import SeatNews, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def send_all(acme, member):
    sent = joining.invite(actor=acme.owner, organization=acme, email="guest@example.com", role=Role.objects.member())
    notifications.invitation(sent, acme.owner)
    notifications.added(member, acme.owner)
    notifications.owner_account_created(acme.owner, acme)
    notifications.ownership_transferred(acme, acme.owner, member.user, acme.owner, "<b>Left</b>\nfor good")
    notifications.password_reset([member.user], acme)
    notifications.mfa_reset([member.user], acme)
    notifications.mfa_reminder([(member.user, timezone.now())], acme)
    notifications.reset_link([member.user], acme)
    notifications.account_created(member, acme.owner)
    notifications.password_changed(member.user)
    notifications.email_changed(member.user, "old@example.com", "new@example.com", acme)
    step = Step(5, 6, timezone.now())
    notifications.seats_changed([member.user], acme, SeatNews(made=step, why="members"))
    notifications.seats_digest([member.user], acme, [step])
    notifications.seats_parked([member.user], acme, "<b>The subscription</b> is canceled.")


def test_every_mail_has_text_and_html_and_a_link_to_the_base_url(acme, make_member, mailoutbox):
    send_all(acme, make_member(acme))
    assert len(mailoutbox) == 16
    for mail in mailoutbox:
        html = mail.alternatives[0][0]
        is_about_the_account = mail.subject == "Your password was changed"
        for text in (mail.body, html):
            assert is_about_the_account or "Acme" in text
            assert "http://testserver/" in text
            assert "{{" not in text
        assert is_about_the_account or "Acme" in mail.subject


def test_a_forged_host_is_in_no_mail(acme, make_member, sign_in, client, mailoutbox, committed, settings):
    settings.ALLOWED_HOSTS = ["*"]
    sign_in(client, make_member(acme, role="admin").user)
    form = {"email": "guest@example.com", "role": Role.objects.member().pk}
    url = f"/org/org_members/organization/{acme.pk}/members/invite/"
    with committed():
        client.post(url, form, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert "evil" not in str(mailoutbox[0].message())


@pytest.mark.parametrize("name", ["Acme\r\nBcc: x@example.com", "Acme\nSubject: y", "A\u2028B"])
def test_names_add_no_header(acme, make_member, mailoutbox, name):
    Organization.objects.filter(pk=acme.pk).update(name=name)
    acme.refresh_from_db()
    send_all(acme, make_member(acme))
    for mail in mailoutbox:
        assert "\n" not in mail.subject
        assert mail.message()["Bcc"] is None
        assert len(mail.recipients()) == 1


@pytest.mark.parametrize("name", ["Grace\r\nBcc: x@example.com", "Grace\nSubject: y", "G\u2028B"])
def test_names_of_people_add_no_header(acme, make_member, mailoutbox, name):
    """They are refused where they come in; the project's own code may have stored them all the same."""
    member = make_member(acme)
    fields = {"name"} if hasattr(member.user, "name") else {"first_name", "last_name"}
    get_user_model()._default_manager.filter(pk=member.user_id).update(**dict.fromkeys(fields, name[:150]))
    member.user.refresh_from_db()
    send_all(acme, member)
    for mail in mailoutbox:
        text = mail.message().as_string().partition("\n\n")[0]
        assert mail.message()["Bcc"] is None
        assert [line for line in text.splitlines() if line.startswith("Subject:")] == [f"Subject: {mail.subject}"] or (
            text.count("\nSubject:") + text.startswith("Subject:") == 1
        )
        assert len(mail.recipients()) == 1


@pytest.mark.parametrize("address", ["grace@example.com\nBcc: x@example.com", "a@example.com\r\nSubject: y"])
def test_an_address_with_a_line_break_is_written_to_nobody(acme, make_member, mailoutbox, caplog, address):
    member = make_member(acme)
    get_user_model()._default_manager.filter(pk=member.user_id).update(email=address)
    member.user.refresh_from_db()
    for sent in (
        notifications.reset_link([member.user], acme),
        notifications.password_changed(member.user),
        notifications.password_reset([member.user], acme),
    ):
        assert sent == 0
    assert mailoutbox == []
    assert "could not be sent" in caplog.text


def test_markup_in_names_stays_text(acme, make_member, mailoutbox):
    Organization.objects.filter(pk=acme.pk).update(name="<img src=x onerror=y>")
    acme.refresh_from_db()
    notifications.mfa_reset([make_member(acme).user], acme)
    assert "<img" not in mailoutbox[0].alternatives[0][0]


def test_a_mail_server_that_fails_undoes_nothing(acme, monkeypatch, caplog, committed):
    def fail(self, *args):
        raise OSError("no route to host")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    with committed():
        joining.invite(actor=acme.owner, organization=acme, email="guest@example.com", role=Role.objects.member())
    assert Invitation.objects.filter(email="guest@example.com").exists()
    assert "could not be sent" in caplog.text


def test_a_template_that_fails_undoes_nothing(acme, monkeypatch, caplog, committed, make_user):
    monkeypatch.setattr(notifications.mail, "render_to_string", lambda *args: 1 / 0)
    make_user(email="grace@example.com")
    with committed():
        joining.create_member(
            actor=acme.owner, organization=acme, full_name="", email="grace@example.com", role=Role.objects.member()
        )
    assert Membership.objects.filter(email="grace@example.com").exists()
    assert "failed after a commit" in caplog.text


def test_nobody_without_an_address_is_written_to(acme, make_user, mailoutbox):
    user = make_user()
    get_user_model()._default_manager.filter(pk=user.pk).update(email="")
    user.refresh_from_db()
    assert notifications.password_reset([user], acme) == 0
    assert mailoutbox == []


class CountingBackend(EmailBackend):
    """Counts connections, and fails for one address as the backend of a web service would."""

    opened = 0

    def open(self):
        type(self).opened += 1

    def send_messages(self, messages):
        if messages[0].to == ["old@example.com"]:
            raise LookupError("not an SMTPException")
        return super().send_messages(messages)


@pytest.fixture
def counting(settings):
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": f"{__name__}.CountingBackend"}}
    else:
        settings.EMAIL_BACKEND = f"{__name__}.CountingBackend"
    CountingBackend.opened = 0
    return CountingBackend


def test_many_mails_leave_over_one_connection(acme, make_user, counting, mailoutbox):
    assert notifications.mfa_reset([make_user() for _ in range(20)], acme) == 20
    assert (len(mailoutbox), counting.opened) == (20, 1)


def test_a_mail_that_fails_does_not_hold_up_the_next(acme, counting, mailoutbox, caplog):
    assert notifications.email_changed(acme.owner, "old@example.com", "new@example.com", acme) == 1
    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]
    assert "could not be sent" in caplog.text
