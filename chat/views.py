"""Pages of the chat, and what works without a socket: feedback, the status pill."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from chat import fragments, opening, turns
from chat.addresses import address_of_request
from chat.answers import Card, load_card
from chat.forms import FeedbackForm
from chat.genrec_status import current_status, last_known_status
from chat.limits import TooManyMessages, count_use
from chat.models import Conversation
from chat.refusals import refuse_above_composer, refuse_in_words
from chat.routing import socket_path
from chat.rows import taps_of
from chat.viewers import belongs_to, known_viewer_id, take_up, viewer_for, viewer_or_404
from discovery.feedback import give_feedback
from discovery.models import Pick, Slate
from discovery.shelves import open_shelves

# Fast fingers on every card of several answers, but no script's worth.
FEEDBACK_PER_MINUTE = 120
STARTERS = (
    "Something like Alien but funnier, under two hours, nothing before 1980",
    "A slow, quiet film for a rainy Sunday",
    "A twisty thriller from the nineties, no gore",
    "Warm and funny, good with children",
    "Surprise me with something unusual",
)


class ChatRequest(HttpRequest):
    """A request as our middleware hands it on."""

    htmx: HtmxDetails


@require_GET
@never_cache
def current(request: HttpRequest) -> HttpResponse:
    """The viewer's latest conversation, made on the first visit."""
    try:
        viewer = viewer_for(request)
    except TooManyMessages as error:
        return refuse_in_words(error.wait_s)
    return _page(request, opening.current_conversation(viewer))


@require_GET
@never_cache
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    viewer = viewer_or_404(request)
    return _page(request, get_object_or_404(Conversation.objects.of(viewer.pk), pk=conversation_id))


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    try:
        viewer = viewer_for(request)
    except TooManyMessages as error:
        return refuse_in_words(error.wait_s)
    return redirect("chat:conversation", opening.new_conversation(viewer).pk)


@require_POST
@never_cache
def feedback(request: ChatRequest, pick_id: int) -> HttpResponse:
    """Like, dislike or seen; the same again takes it back. Counts from the next turn on.

    Nobody is made a viewer before it is certain that they may say it.
    """
    viewer_id = known_viewer_id(request.session, request.user)
    try:
        address = address_of_request(request)
        count_use("feedback", viewer_id, FEEDBACK_PER_MINUTE, address=address)
    except TooManyMessages as error:
        return _refuse_feedback(request, error.wait_s)
    claim = request.POST.get("claim", "")
    picks = Pick.objects.select_related("slate__viewer", "title").defer("slate__trace")
    shown = get_object_or_404(picks, pk=pick_id)
    if not belongs_to(shown.slate, request.session, request.user, claim=claim):
        raise Http404
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return HttpResponse("Say liked, disliked or seen.", status=400, content_type="text/plain")
    try:
        viewer = viewer_for(request)
    except TooManyMessages as error:
        return _refuse_feedback(request, error.wait_s)
    take_up(claim, viewer)
    # Another may have taken it up just now.
    pick = get_object_or_404(picks, pk=pick_id, slate__viewer=viewer)
    give_feedback(viewer, pick.title, form.cleaned_data["kind"], pick=pick)
    return _after_feedback(request, pick, viewer.pk)


def _refuse_feedback(request: ChatRequest, wait_s: int) -> HttpResponse:
    return refuse_above_composer(wait_s) if request.htmx else refuse_in_words(wait_s)


def _after_feedback(request: ChatRequest, pick: Pick, viewer_id: int) -> HttpResponse:
    """Answer with the buttons as they are now, and tell the viewer's other tabs."""
    card = load_card(pick.pk, viewer_id)
    if card is None:
        raise Http404
    turn = pick.slate.turns.first()
    if turn is None:
        return _after_feedback_in_a_row(pick, card, viewer_id)
    async_to_sync(turns.publish)(turn.conversation_id, fragments.feedback_elsewhere(card))
    if request.htmx:
        return HttpResponse(fragments.feedback(card))
    address = redirect("chat:conversation", turn.conversation_id)
    address["Location"] += f"#card-{pick.pk}"
    return address


def _after_feedback_in_a_row(pick: Pick, card: Card, viewer_id: int) -> HttpResponse:
    """Rows are there only with scripts, and in one tab."""
    html = fragments.feedback(card)
    if pick.slate.surface == Slate.Surface.HOME:
        html += fragments.home_taps(taps_of(viewer_id))
    return HttpResponse(html)


@require_GET
@never_cache
async def genrec_status(request: HttpRequest) -> HttpResponse:
    return render(request, "chat/_genrec_status.html", {"status": await current_status()})


@require_GET
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here on pages that name no icon, such as Django's admin."""
    return redirect(static("favicon.svg"))


def _page(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    answers = opening.answers_of(conversation)
    opening.note_shown([a.slate_id for a in answers if a.slate_id is not None])
    context = {
        "socket_path": socket_path(conversation.pk),
        "turns": answers,
        "composer_state": opening.composer_state(conversation.pk),
        "genrec": last_known_status(),
        "starters": STARTERS,
        "shelves": open_shelves(),
        "message_max_chars": settings.MESSAGE_MAX_CHARS,
    }
    return render(request, "chat/page.html", context)
