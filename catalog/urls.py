"""HTTP addresses of the catalogue."""

from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("artwork/<int:title_id>", views.artwork, name="artwork"),
    path("titles/<int:title_id>/", views.title_page, name="title"),
]
