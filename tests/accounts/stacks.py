"""One person's browser, before a synchronous or an asynchronous stack; and pages that tell who is signed in."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path, reverse


def who(request):
    return HttpResponse(str(request.user.pk or ""))


async def awho(request):
    user = await request.auser()
    return HttpResponse(str(user.pk or ""))


urlpatterns = [path("who/sync/", who), path("who/async/", awho), path("", include("tests.urls"))]


class Browser:
    """Cookies of its own; `kind` is "sync" or "async", the stack and the view alike."""

    def __init__(self, kind, cookie=None):
        self.kind = kind
        self.client = AsyncClient() if kind == "async" else Client()
        if cookie is not None:
            self.client.cookies["sessionid"] = cookie

    def _send(self, method, *args, **kwargs):
        send = getattr(self.client, method)
        return async_to_sync(send)(*args, **kwargs) if self.kind == "async" else send(*args, **kwargs)

    def get(self, url):
        return self._send("get", url)

    def post(self, url, data=None):
        return self._send("post", url, data or {})

    def sign_in(self, user, password):
        response = self.post(reverse("org:login"), {"username": user.get_username(), "password": password})
        assert response.status_code == 302, "the form signs in"
        assert self.is_signed_in(user)
        return self

    def is_signed_in(self, user):
        """Ask, as the next request does."""
        response = self.get(f"/who/{self.kind}/")
        return response.status_code == 200 and response.content.decode() == str(user.pk)

    @property
    def cookie(self):
        return self.client.cookies["sessionid"].value

    @property
    def session(self):
        return self.client.session

    def copy(self):
        """Return another browser with the same cookie, as of now."""
        return Browser(self.kind, self.cookie)
