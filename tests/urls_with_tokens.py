"""The addresses of `tests.settings.with_tokens`: an API that tells who asks."""

from __future__ import annotations

from django.urls import include, path
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.views import LoginView
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView


class Who(APIView):
    """Return the pk of whoever asks."""

    def get(self, request):
        return Response({"user": request.user.pk})


class WhoByKnox(Who):
    authentication_classes = [KnoxAuthentication]


class Login(LoginView):
    """Make a token of knox's, which tells Django that somebody signed in."""

    authentication_classes = [BasicAuthentication, SessionAuthentication]


urlpatterns = [
    path("api/knox/login/", Login.as_view()),
    path("api/who/", Who.as_view()),
    path("api/knox/who/", WhoByKnox.as_view()),
    path("", include("tests.urls")),
]
