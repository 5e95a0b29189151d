"""HTTP addresses of the chat. The socket's is in `chat.routing`."""

from django.urls import path

from chat import histories, views

app_name = "chat"

urlpatterns = [
    path("", views.current, name="current"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/new/", views.new, name="new"),
    path("feedback/<int:pick_id>/", views.feedback, name="feedback"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("history/", histories.histories, name="history"),
    path("history/<int:import_id>/", histories.one_import, name="history_import"),
    path("history/<int:import_id>/remove/", histories.remove_import, name="history_remove"),
    path("history/entries/<int:entry_id>/", histories.entry, name="history_entry"),
    path("history/entries/<int:entry_id>/titles/", histories.titles, name="history_titles"),
    path("genrec-status/", views.genrec_status, name="genrec_status"),
]
