"""A URLconf without the public pages."""

urlpatterns = []
