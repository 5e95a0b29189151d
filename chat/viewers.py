"""Who is in the chat: a guest known by a session, or an account.

A guest's conversations, imported histories and feedback move to the account when they sign in:
that happens at the next page, not in a login signal, so that every way of signing in is covered.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest

from chat.addresses import address_of_request
from chat.limits import count_use
from chat.models import Conversation
from discovery.models import Feedback, HistoryImport, Slate, Viewer

SESSION_KEY = "viewer_id"
# A row that was shown to nobody yet can be taken up by who got it, for so long.
CLAIM_S = 24 * 60 * 60
# Somebody who keeps no cookie is a new guest with every page.
ARRIVALS_PER_MINUTE = 20
_CLAIM_SALT = "chat.viewers.claim"


def viewer_for(request: HttpRequest) -> Viewer:
    """Return the viewer of a visit, made on the first; a guest's things follow them at sign-in.

    Raises:
        TooManyMessages: an address brought too many new guests in a minute.
    """
    viewer = returning_viewer(request)
    if viewer is None:
        count_use("arrival", None, ARRIVALS_PER_MINUTE, address=address_of_request(request))
        viewer = Viewer.objects.create()
        request.session[SESSION_KEY] = viewer.pk
    return viewer


def returning_viewer(request: HttpRequest) -> Viewer | None:
    """As `viewer_for`, but None instead of a new guest."""
    session, user = request.session, request.user
    guest = Viewer.objects.filter(pk=session.get(SESSION_KEY, 0), user=None).first()
    if not user.is_authenticated:
        return guest
    viewer = attach_guest(guest, user)
    if session.get(SESSION_KEY) != viewer.pk:
        session[SESSION_KEY] = viewer.pk
    return viewer


def viewer_or_404(request: HttpRequest) -> Viewer:
    """As `viewer_for`, for pages that nobody has who has never been here."""
    viewer = returning_viewer(request)
    if viewer is None:
        raise Http404
    return viewer


def known_viewer_id(session: SessionBase, user: AbstractBaseUser | AnonymousUser) -> int | None:
    """Return the viewer of a visit without making one: a socket has to follow a page."""
    if user.is_authenticated:
        return Viewer.objects.filter(user_id=user.pk).values_list("pk", flat=True).first()
    guests = Viewer.objects.filter(pk=session.get(SESSION_KEY, 0), user=None)
    return guests.values_list("pk", flat=True).first()


def claim_for(slate: Slate) -> str:
    """Return what proves that somebody was shown a slate that is nobody's; empty if it is theirs.

    Whoever only looks isn't made a viewer: they become one by saying something.
    """
    return signing.dumps(slate.pk, salt=_CLAIM_SALT) if slate.viewer_id is None else ""


def belongs_to(
    slate: Slate, session: SessionBase, user: AbstractBaseUser | AnonymousUser, *, claim: str
) -> bool:
    """Return whether a slate is the visitor's, or nobody's and shown to them. Makes no viewer."""
    viewer = slate.viewer
    if viewer is None:
        return _claimed(claim) == slate.pk
    if viewer.user_id is None:
        return bool(session.get(SESSION_KEY) == viewer.pk)
    return user.is_authenticated and user.pk == viewer.user_id


def take_up(claim: str, viewer: Viewer) -> None:
    """Give the viewer the slate that they were shown, unless it is somebody's already."""
    slate_id = _claimed(claim)
    if slate_id is not None:
        Slate.objects.filter(pk=slate_id, viewer=None).update(viewer=viewer)


def _claimed(claim: str) -> int | None:
    """Return the slate that a claim proves somebody was shown; None if it proves nothing."""
    try:
        return int(signing.loads(claim, salt=_CLAIM_SALT, max_age=CLAIM_S))
    except signing.BadSignature:
        return None


@transaction.atomic
def attach_guest(guest: Viewer | None, user: AbstractBaseUser | AnonymousUser) -> Viewer:
    """Return the account's viewer, with what it did as `guest`, who is gone afterwards."""
    viewer, _created = Viewer.objects.get_or_create(user_id=user.pk)
    if guest is not None:
        # First: answers that are just being saved are waited for, later ones find the account.
        Conversation.objects.filter(viewer=guest).update(viewer=viewer)
        # Nothing more can become the guest's, to vanish with them.
        Viewer.objects.select_for_update().filter(pk=guest.pk).first()
        Slate.objects.filter(viewer=guest).update(viewer=viewer)
        HistoryImport.objects.filter(viewer=guest).update(viewer=viewer)
        _move_feedback(guest, viewer)
        guest.delete()
    return viewer


def _move_feedback(guest: Viewer, viewer: Viewer) -> None:
    """The later opinion wins: a guest's like replaces the account's old dislike."""
    opposite = {
        Feedback.Kind.LIKED: Feedback.Kind.DISLIKED,
        Feedback.Kind.DISLIKED: Feedback.Kind.LIKED,
    }
    for feedback in Feedback.objects.filter(viewer=guest):
        kinds = [feedback.kind, opposite.get(Feedback.Kind(feedback.kind), feedback.kind)]
        Feedback.objects.filter(viewer=viewer, title_id=feedback.title_id, kind__in=kinds).delete()
        feedback.viewer = viewer
        feedback.save(update_fields=["viewer"])
