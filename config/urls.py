"""URLs: the chat at the root, artwork, and Django admin for editors and operators."""

from django.contrib import admin
from django.urls import include, path

from chat.sign_in import sign_in

admin.site.site_header = "Moodreel"
admin.site.site_title = "Moodreel"
admin.site.index_title = "Catalogue, conversations and answers"

urlpatterns = [
    path("", include("chat.urls")),
    path("", include("catalog.urls")),
    # Before admin's own, which counts no tries.
    path("admin/login/", sign_in),
    path("admin/", admin.site.urls),
]
