"""The admin's own stylesheets, beside Django's: what they leave alone; pages that stay in width."""

from __future__ import annotations

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string

from catalog.models import Suggestion
from tests.e2e.rendered import OpenRendered

pytestmark = pytest.mark.e2e

LONG = "w" * 2000
PHONE = {"width": 390, "height": 844}
# As Django's tabular inlines and our list of saved filters write it.
TURNS = f"""<div class="inline-group"><div class="tabular inline-related"><table><tbody><tr>
<td class="field-created_at"><p>Nov. 22, 2026</p></td><td class="field-text"><p>{LONG}</p></td>
</tr></tbody></table></div></div>"""
FILTERS = f"""<section class="saved-filters"><ul><li><a href="?q=alien">{LONG[:60]}</a>
<form><button class="icon-button">×</button></form></li></ul></section>"""  # noqa: RUF001
IN_WIDTH = "document.documentElement.scrollWidth <= innerWidth"


def framed(sheet: str, content: str) -> str:
    """Return some content in the frame of the admin's pages, with one more stylesheet."""
    frame = render_to_string("admin/base_site.html", {"title": "A page"})
    main = '<div id="content" class="colM">'
    assert main in frame
    linked = frame.replace("</head>", f'<link rel="stylesheet" href="/static/{sheet}"></head>')
    return linked.replace(main, main + content)


@pytest.mark.parametrize(
    ("sheet", "content", "size"),
    [
        ("discovery/trace.css", TURNS, {"width": 1280, "height": 800}),
        ("admin-titles.css", FILTERS, PHONE),
    ],
)
def test_a_long_word_does_not_widen_the_page(
    open_rendered: OpenRendered, sheet: str, content: str, size: dict[str, int]
) -> None:
    page = open_rendered("/admin/", framed(sheet, content), viewport=size)

    assert page.evaluate(IN_WIDTH)
    assert page.get_by_text("ww").evaluate("node => node.offsetWidth") > 100


def test_the_suggestion_queue_styles_its_own_buttons_only(open_rendered: OpenRendered) -> None:
    html = render_to_string(
        "admin/catalog/suggestion/queue.html",
        {
            "title": "Suggestions",
            "opts": Suggestion._meta,
            "has_permission": True,
            "is_nav_sidebar_enabled": True,
            "page": Paginator([], 8).get_page(1),
            "may_decide": True,
            "least": 60,
            "more": 100,
        },
    )
    queue = open_rendered("/admin/catalog/suggestion/", html)
    colour = "node => getComputedStyle(node).backgroundColor"

    accept = queue.get_by_role("button", name="Accept ticked").evaluate(colour)
    frame = queue.locator("#toggle-nav-sidebar, #logout-form button, button.theme-toggle")

    assert accept != "rgba(0, 0, 0, 0)"
    assert frame.count() == 3
    assert accept not in {button.evaluate(colour) for button in frame.all()}
