"""Errors of the services, shown where they were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def add_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Put each error at its field; those of fields that the form lacks stand above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


def field_error(field: str, message: StrOrPromise, code: str, **params: object) -> ValidationError:
    """Return an error of one field, with a code for tests and for code that has to tell errors apart."""
    return ValidationError({field: ValidationError(message, code=code, params=params or None)})


def renamed(error: ValidationError, names: Mapping[str, str]) -> ValidationError:
    """Return the error with its fields under other names, where `names` has one."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({names.get(field, field): errors for field, errors in error.error_dict.items()})


class FocusMixin:
    """Puts the cursor into the first field that is wrong, wherever it began."""

    fields: dict[str, forms.Field]

    def add_error(self, field: str | None, error: Any) -> None:
        """Move it when an error comes in, from the form or from a view."""
        super().add_error(field, error)  # type: ignore[misc]
        errors = self.errors  # type: ignore[attr-defined]
        wrong = next((name for name in self.fields if name in errors), None)
        if wrong is not None:
            for name, each in self.fields.items():
                each.widget.attrs.pop("autofocus", None)
                if name == wrong:
                    each.widget.attrs["autofocus"] = True
