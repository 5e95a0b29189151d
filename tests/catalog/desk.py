"""What an editor does in admin, for tests: open a form, save it, choose titles; a suggestion."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from catalog.models import Suggestion, Title

CHANGELIST = "admin:catalog_title_changelist"


def change_url(title: Title) -> str:
    return reverse("admin:catalog_title_change", args=[title.pk])


def form_data(client: Client, title: Title) -> dict[str, Any]:
    """Return what the browser would post if nobody changed anything."""
    context = client.get(change_url(title)).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value != "" and value is not False:
                data[field.html_name] = value
            if field.field.show_hidden_initial:
                data[field.html_initial_name] = value
    return data


def save(client: Client, title: Title, **changes: Any) -> Any:
    response = client.post(change_url(title), form_data(client, title) | changes)
    assert response.status_code == 302, response.context["errors"]
    title.refresh_from_db()
    return response


def begin_bulk_edit(client: Client, *titles: Title) -> str:
    """Choose titles as the list does; return the URL of the choice of operations."""
    data = {"action": "edit_in_bulk", "_selected_action": [title.pk for title in titles]}
    response = client.post(reverse(CHANGELIST), data)
    assert response.status_code == 302
    return response["Location"]


def history_of(client: Client, title: Title) -> Any:
    return client.get(reverse("admin:catalog_title_history", args=[title.pk]))


def suggest(title: Title, value: str, confidence: float, kind: str = "term") -> Suggestion:
    return Suggestion.objects.create(
        title=title, kind=kind, value=value, confidence=confidence, model_version="test"
    )
