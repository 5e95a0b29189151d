/* Rows of cards that are loaded after their page: one that doesn't come says so, and can be asked
 * for again. The words and the button are in the page from the beginning, hidden. And feedback on
 * cards: why it was refused is over once it is tried again.
 */
(() => {
  "use strict";

  function sayThatItFailed(event) {
    const asked = event.detail.target;
    const row = asked && asked.closest("[data-row]");
    const failed = row && row.querySelector(":scope > .row-failed");
    if (!failed) return; // its cards are there: others were asked for
    event.preventDefault();
    // Its places, and what was said of the cards in them.
    for (const gone of row.querySelectorAll(":scope > :is(.row-waiting, .row-hint)")) gone.remove();
    failed.hidden = false;
  }

  function forgetRefusal(event) {
    const notice = document.getElementById("notice");
    if (notice && event.detail.elt.matches(".feedback")) notice.hidden = true;
  }

  document.addEventListener("htmx:beforeRequest", forgetRefusal);
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, sayThatItFailed);
  }
})();
