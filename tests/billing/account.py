"""One account at the Stripe server, as its owner sees it."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _form(value, name=""):
    """Yield the pairs of Stripe's form encoding: `items[0][price]=…`."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _form(each, f"{name}[{key}]" if name else key)
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _form(each, f"{name}[{number}]")
    else:
        yield name, str(value).lower() if isinstance(value, bool) else value


@dataclass
class Account:
    """Asks the server without Stripe's library, so that the tests see what the library does."""

    url: str
    subscriptions: list[str] = field(default_factory=list)

    def ask(self, method, path, **params):
        data = urllib.parse.urlencode(list(_form(params)))
        address = f"{self.url}/v1/{path}" + (f"?{data}" if data and method == "GET" else "")
        request = urllib.request.Request(address, data.encode() if method == "POST" else None, method=method)
        request.add_header("Authorization", "Bearer sk_test_1")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def customer(self, email="billing@example.com"):
        customer = self.ask("POST", "customers", email=email)["id"]
        return customer, self.card(customer)

    def card(self, customer_id, *, number="4242424242424242"):
        """Give a customer a card; 4000000000000341 is one whose payments fail."""
        details = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        card = self.ask("POST", "payment_methods", type="card", card=details)["id"]
        self.ask("POST", f"payment_methods/{card}/attach", customer=customer_id)
        return card

    def price(self, name="Seat", amount=2000, **recurring):
        return self.ask(
            "POST",
            "prices",
            currency="usd",
            unit_amount=amount,
            recurring={"interval": "month", **recurring},
            product_data={"name": name},
        )["id"]

    def subscribe(self, quantity, *, prices=None):
        """Make a subscription of so many seats; returns it."""
        customer, card = self.customer()
        items = [{"price": price, "quantity": quantity} for price in prices or [self.price()]]
        return self.ask("POST", "subscriptions", customer=customer, items=items, default_payment_method=card)

    def trial(self, quantity):
        """Make a subscription that nobody pays yet, and that pauses if nobody does when the trial ends; returns it."""
        customer = self.ask("POST", "customers", email="trial@example.com")["id"]
        return self.ask(
            "POST",
            "subscriptions",
            customer=customer,
            items=[{"price": self.price(), "quantity": quantity}],
            trial_period_days=10,
            trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
        )

    def subscription(self, subscription_id):
        return self.ask("GET", f"subscriptions/{subscription_id}")

    def quantity(self, subscription_id):
        return self.subscription(subscription_id)["items"]["data"][0]["quantity"]

    def set_quantity(self, subscription_id, quantity):
        """Change it by hand, as somebody in Stripe's dashboard does."""
        item = self.subscription(subscription_id)["items"]["data"][0]["id"]
        self.ask("POST", f"subscription_items/{item}", quantity=quantity)

    def cancel(self, subscription_id):
        self.ask("DELETE", f"subscriptions/{subscription_id}")

    def prorations(self, customer_id):
        """The lines that wait for the next invoice, oldest first: (amount, quantity). A cent goes with the seconds."""
        found = self._all("invoiceitems", customer=customer_id)
        return [(each["amount"], each["quantity"]) for each in reversed(found) if each["proration"]]

    def steps(self, customer_id):
        """What was prorated, oldest first, as changes of the quantity: [(1, 4), (4, 3)]."""
        lines = [each for each in reversed(self._all("invoiceitems", customer=customer_id)) if each["proration"]]
        pairs = [sorted(pair, key=lambda line: line["description"][0]) for pair in zip(lines[::2], lines[1::2])]
        words = [[line["description"].split()[0] for line in pair] for pair in pairs]
        assert words == [["Remaining", "Unused"]] * (len(lines) // 2), words
        return [(unused["quantity"], remaining["quantity"]) for remaining, unused in pairs]

    def charged(self, customer_id):
        """What the prorations come to, to the nearest whole unit: the seconds since the period began cost a cent."""
        return round(sum(amount for amount, _ in self.prorations(customer_id)) / 100)

    def invoice(self, customer_id):
        """Put all that waits on an invoice now; returns it."""
        return self.ask("POST", "invoices", customer=customer_id, pending_invoice_items_behavior="include")

    def invoices(self, customer_id):
        """All invoices, the oldest first."""
        return self._all("invoices", customer=customer_id)[::-1]

    def _all(self, path, **params):
        """All of a list, newest first."""
        found, more = [], True
        while more:
            page = self.ask("GET", path, limit=100, **params, **({"starting_after": found[-1]["id"]} if found else {}))
            found, more = found + page["data"], page["has_more"]
        return found

    def swap_price(self, subscription_id, price, *, quantity=1):
        """Put an item of another price in the place of the one that it has, as a change of plan by hand does."""
        item = self.subscription(subscription_id)["items"]["data"][0]["id"]
        self.ask("POST", "subscription_items", subscription=subscription_id, price=price, quantity=quantity)
        self.ask("DELETE", f"subscription_items/{item}")

    def events(self, kind=None):
        """All events, oldest first."""
        found = self.ask("GET", "events", limit=100, **({"type": kind} if kind else {}))["data"]
        return list(reversed(found))

    def changes(self):
        """How many requests changed a subscription since it was made."""
        keys = {each["request"]["id"] for each in self.events("customer.subscription.updated")}
        return len(keys)

    def close(self):
        """Forget the account, if it was ever asked for anything."""
        request = urllib.request.Request(self.url, method="DELETE")
        try:
            with urllib.request.urlopen(request, timeout=20):
                pass
        except urllib.error.HTTPError as error:
            if error.code != 404:  # it begins with the first request to it
                raise
