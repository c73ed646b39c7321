"""What schedules and rotations ask alike: a free name, a time zone that exists, hours that do not overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ..accounts.identity import clean_name
from ..availability import words, zones
from ..availability.engine import WorkingSpan, overlaps
from ..availability.engine.weekly import MIDNIGHT
from ..form_errors import field_error
from ..models import Organization, Rotation, Schedule
from ..models.text import looks

NAME_LIMIT = 80
MOST_SPANS = 10
"""On one day."""
INSTANT = timedelta(microseconds=1)
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Of everything that is planned. Far beyond, there are times that some zone cannot show."""

T = TypeVar("T")
Day = TypeVar("Day", bound=date)


def all_of(checks: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return what each check returns, by its name; raises one `ValidationError` with the errors of all of them."""
    found: dict[str, Any] = {}
    errors: dict[str, list[ValidationError]] = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except ValidationError as error:
            error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)
    return found


def in_range(field: str, day: Day) -> Day:
    """Return a day or instant; raises `ValidationError` at the field if its year is none that can be planned."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = _("Choose a day from the year %(first)s to %(last)s.")
        raise field_error(field, message, "out_of_range", first=str(FIRST_YEAR), last=str(LAST_YEAR))
    return day


def clean_zone(name: str, *, field: str = "time_zone") -> str:
    """Return the zone's name as the IANA database spells it; raises `ValidationError` at the field, with what is near."""
    zone = zones.canonical(name)
    if zone is not None:
        return zone
    if not name.strip():
        raise field_error(field, _("A time zone is needed, such as Europe/Berlin."), "required")
    near = zones.nearest(name)
    message = _("There is no time zone “%(name)s”.")
    if near:
        message = _("There is no time zone “%(name)s”. Did you mean %(near)s?")
    near_words = get_text_list(near, _("or"))
    raise field_error(field, message, "unknown_zone", name=name[:80], near=near_words)


def free_name(
    model: type[Schedule | Rotation], organization: Organization, name: str, *, own: int | None = None
) -> str:
    """Return the name, trimmed; raises `ValidationError` at `name` if it is none, or looks like that of another row.

    `own` is the pk of the row that is edited. Two queries: what looks the same to people, and what is the same to the
    database (MariaDB knows no accents).
    """
    name = clean_name(name, field="name", limit=NAME_LIMIT)
    others = model._default_manager.filter(organization=organization)
    if own is not None:
        others = others.exclude(pk=own)
    looked_at = {looks(other) for other in others.values_list("name", flat=True)}
    if looks(name) in looked_at or others.filter(name=name).exists():
        raise _taken()
    return name


def saved(save: Callable[[], T]) -> T:
    """Return what `save` returns; whoever took the name meanwhile, past our lock, is told of like any other."""
    try:
        with transaction.atomic():
            return save()
    except IntegrityError:
        raise _taken() from None


def _taken() -> ValidationError:
    return field_error("name", _("There is one of this name already."), "taken")


def clean_hours(spans: Sequence[WorkingSpan], *, field: str = "hours") -> list[WorkingSpan]:
    """Return the spans in order; raises `ValidationError` at the field with an error for each that is wrong.

    Each error names the day, and has in its `params` the `row`: the position in `spans` of what is wrong.
    """
    errors = [*_empty(spans), *_too_many(spans)]
    errors = errors or list(_overlapping(spans))
    if errors:
        raise ValidationError({field: errors})
    return sorted(spans)


def _error(message: str, code: str, row: int, **params: Any) -> ValidationError:
    return ValidationError(message, code=code, params={"row": row, **params})


def _empty(spans: Sequence[WorkingSpan]) -> Iterator[ValidationError]:
    message = _("%(day)s: the span begins and ends at %(time)s. For the whole day, enter 00:00 to 00:00.")
    for row, span in enumerate(spans):
        if span.begins == span.ends != MIDNIGHT:
            yield _error(message, "empty", row, day=words.weekday(span.weekday), time=f"{span.begins:%H:%M}")


def _too_many(spans: Sequence[WorkingSpan]) -> Iterator[ValidationError]:
    counted = Counter(span.weekday for span in spans)
    for day, number in counted.items():
        if number > MOST_SPANS:
            row = max(row for row, span in enumerate(spans) if span.weekday == day)
            message = _("%(day)s: at most %(limit)d spans fit into a day.")
            yield _error(message, "too_many", row, day=words.weekday(day), limit=MOST_SPANS)


def _overlapping(spans: Sequence[WorkingSpan]) -> Iterator[ValidationError]:
    message = _("%(day)s %(second)s overlaps with %(other_day)s %(first)s.")
    for first, second in overlaps(spans):
        rows = [row for row, span in enumerate(spans) if span == second]
        yield _error(
            message,
            "overlap",
            rows[-1],  # of two that are equal, the later
            day=words.weekday(second.weekday),
            second=words.span(second.begins, second.ends),
            other_day=words.weekday(first.weekday),
            first=words.span(first.begins, first.ends),
        )
