"""HTTP addresses of the chat. The socket's is in `chat.routing`."""

from django.urls import path

from chat import views

app_name = "chat"

urlpatterns = [
    path("", views.current, name="current"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/new/", views.new, name="new"),
    path("feedback/<int:pick_id>/", views.feedback, name="feedback"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("genrec-status/", views.genrec_status, name="genrec_status"),
]
