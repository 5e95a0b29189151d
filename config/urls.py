"""URLs: the chat at the root, artwork, and Django admin for editors and operators."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("chat.urls")),
    path("", include("catalog.urls")),
    path("admin/", admin.site.urls),
]
