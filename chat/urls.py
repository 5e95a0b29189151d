"""HTTP addresses of the chat. The socket's is in `chat.routing`."""

from django.urls import path

from chat import histories, rows, views, wish_views

app_name = "chat"

urlpatterns = [
    path("", views.current, name="current"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/new/", views.new, name="new"),
    path("feedback/<int:pick_id>/", views.feedback, name="feedback"),
    path("wishes/<int:turn_id>/", wish_views.editor, name="wish_editor"),
    path("wishes/names/<str:what>/", wish_views.names, name="wish_names"),
    path("home-row/", rows.home, name="home_row"),
    path("titles/<int:title_id>/more/", rows.more_like, name="more_like"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("history/", histories.histories, name="history"),
    path("history/<int:import_id>/", histories.one_import, name="history_import"),
    path("history/<int:import_id>/remove/", histories.remove_import, name="history_remove"),
    path("history/entries/<int:entry_id>/", histories.entry, name="history_entry"),
    path("history/entries/<int:entry_id>/titles/", histories.titles, name="history_titles"),
    path("genrec-status/", views.genrec_status, name="genrec_status"),
]
