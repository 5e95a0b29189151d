"""The ASGI application: HTTP to Django, WebSockets to Channels behind an origin check."""

import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402  (needs the app registry)

from catalog.embedding import warm_up  # noqa: E402
from catalog.ontology import load_ontology  # noqa: E402
from chat.origins import OwnOriginsOnly  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from discovery.intents.classifier import guess_intent  # noqa: E402
from discovery.understanding import spelling  # noqa: E402

warm_up()
spelling.warm_up()
guess_intent("what shall I watch tonight?")
load_ontology()
# What is loaded by now stays for good: looking through it again and again for garbage stopped every
# turn under way for 150 ms.
gc.collect()
gc.freeze()

application = ProtocolTypeRouter(
    {
        "http": django_application,
        # Full origins: AllowedHostsOriginValidator would accept http:// and any port.
        "websocket": OwnOriginsOnly(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.ORIGINS
        ),
    }
)
