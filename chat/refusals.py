"""What a page is answered that asked too often (429): when to try again, said where it helps.

What is on the page stays usable: nothing that could be tried again is replaced by words alone.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def spoken_wait(wait_s: int) -> str:
    return f"That was a lot at once. Try again in {wait_s} seconds."


def refuse_above_composer(wait_s: int) -> HttpResponse:
    """Say it in the page's notice: what was to be replaced stays."""
    return _instead("_notice", "#notice", wait_s)


def refuse_in_editor(wait_s: int) -> HttpResponse:
    """Say it below the open form of a wish, which stays."""
    return _instead("_wish_fault", "#wish-fault", wait_s)


def refuse_in_words(wait_s: int) -> HttpResponse:
    """Say it on a page of its own, for whom scripts are off."""
    headers = {"Retry-After": str(wait_s)}
    return HttpResponse(
        spoken_wait(wait_s), status=429, headers=headers, content_type="text/plain; charset=utf-8"
    )


def refuse_silently(wait_s: int) -> HttpResponse:
    """Swap nothing: what was asked for is only a help."""
    return HttpResponse(status=429, headers={"Retry-After": str(wait_s), "HX-Reswap": "none"})


def refuse_row(request: HttpRequest, wait_s: int, *, is_home: bool) -> HttpResponse:
    """Say it in place of a row, with a button to try it then."""
    context = {"text": spoken_wait(wait_s), "address": request.path, "is_home": is_home}
    response = render(request, "chat/_row_refused.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response


def _instead(partial: str, target: str, wait_s: int) -> HttpResponse:
    html = render_to_string(f"chat/{partial}.html", {"text": spoken_wait(wait_s)})
    headers = {"Retry-After": str(wait_s), "HX-Retarget": target, "HX-Reswap": "outerHTML"}
    return HttpResponse(html, status=429, headers=headers)
