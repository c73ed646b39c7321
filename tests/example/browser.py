"""The least of a browser: cookies, forms and the CSRF token, over real HTTP."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, build_opener

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class _KeepStatus(HTTPErrorProcessor):
    """Hand every answer back, whatever its status, but still follow redirects."""

    def http_response(self, request, response):
        try:
            return super().http_response(request, response)
        except HTTPError as error:
            return error

    https_response = http_response


class Browser:
    """One person's browser."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), _KeepStatus())

    def get(self, path):
        """Return (status, final address, text, headers) after any redirects."""
        return self._open(path)

    def post(self, path, *, to=None, **fields):
        """Fill in the form that `path` shows and send it, to the same address or to another."""
        _, _, page, _ = self.get(path)
        fields["csrfmiddlewaretoken"] = _TOKEN.search(page).group(1)
        return self._open(to or path, urlencode(fields, doseq=True).encode())

    def sign_in(self, site, name, password, *, to=None):
        """Send the sign-in form of an admin site, and go on to its index or to another address."""
        to = to or site
        return self.post(f"{site}login/?next={to}", username=name, password=password, next=to)

    def _open(self, path, data=None):
        with self.opener.open(f"{self.base_url}{path}", data, timeout=60) as answer:
            return answer.status, answer.geturl(), answer.read().decode(), answer.headers
