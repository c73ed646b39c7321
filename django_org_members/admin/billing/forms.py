"""The form that links a subscription."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...billing.gateway import Item
from ...billing.linking import Link
from ...form_errors import FocusMixin
from ...models.subscriptions import IDENTIFIER_LENGTH
from .words import item_facts

_TYPED = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class LinkForm(FocusMixin, forms.Form):
    """Which subscription; and, once it is known that it has several, which of its `items` is for the seats."""

    customer_id = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=IDENTIFIER_LENGTH,
        widget=forms.TextInput(attrs={**_TYPED, "placeholder": "cus_…"}),
        help_text=gettext_lazy("The id of the customer at Stripe."),
    )
    subscription_id = forms.CharField(
        label=gettext_lazy("Subscription"),
        max_length=IDENTIFIER_LENGTH,
        widget=forms.TextInput(attrs={**_TYPED, "placeholder": "sub_…"}),
        help_text=gettext_lazy("The id of this customer's subscription that pays for the seats."),
    )
    item_id = forms.CharField(label=gettext_lazy("Item for the seats"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, items: list[Item] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if items is not None:
            self.fields["item_id"].widget = forms.RadioSelect(choices=[(item.id, _described(item)) for item in items])
        elif not self.is_bound:
            self.forget_item()

    @property
    def wanted(self) -> Link:
        """What a valid form asks for."""
        return Link(**self.cleaned_data)

    def forget_item(self) -> None:
        """Leave the choice out, where it is not known what there is to choose from."""
        del self.fields["item_id"]


def _described(item: Item) -> SafeString:
    return format_html(
        '<span class="om-choice"><strong><bdi>{}</bdi></strong> <span class="om-choice__facts">{}</span></span>',
        item.label or item.price_id or _("Without a name"),
        item_facts(item),
    )
