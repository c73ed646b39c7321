"""Names and addresses in one form."""

from __future__ import annotations

import pytest

from django_org_members.models.text import folded, looks, normalized_email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        (" ada@example.com\t", "ada@example.com"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("ada@EXÄMPLE.com", "ada@xn--exmple-cua.com"),
        ("ada@ex\u0430mple.com", "ada@xn--exmple-4nf.com"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(typed, stored):
    assert normalized_email(typed) == stored
    assert normalized_email(stored) == stored


@pytest.mark.parametrize(("one", "other"), [("Ädа", "ädа"), ("STRASSE", "straße"), ("ﬁn", "FIN"), (" Ada ", "ada")])
def test_folding_forgets_case_and_compatibility_forms(one, other):
    assert folded(one) == folded(other)


def test_folding_twice_is_folding_once():
    hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed.")

    @hypothesis.given(hypothesis.strategies.text())
    def check(text):
        assert normalized_email(normalized_email(text)) == normalized_email(text)

    check()


@pytest.mark.parametrize(
    ("one", "other"), [("\u0410dmin", "Admin"), ("Own\u200ber", "OWNER"), ("a  b\u00a0c", "a b c")]
)
def test_what_looks_the_same_is_the_same(one, other):
    assert looks(one) == looks(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Owner", "Owners"), ("कि", "कु"), ("Café", "Cafe"), ("Help Desk", "Helpdesk")]
)
def test_what_looks_different_is_different(one, other):
    assert looks(one) != looks(other)


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["\x00", "ada\x00", "ada \ud800"])
def test_nobody_matches_words_that_no_database_stores(make_organization, words):
    organization = make_organization(members=2)
    assert list(organization.memberships.matching(words)) == []
