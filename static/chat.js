/* The conversation page: the composer, the connection, focus and scrolling.
 *
 * Everything that an answer shows is rendered by the server and swapped in by htmx; this file only
 * keeps what a server can't know, such as what is half typed and whether the socket is open.
 */
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const log = () => byId("turns");
  const composer = () => byId("composer");
  const message = () => byId("message");
  const editor = () => byId("wish-editor");
  const isEditing = () => editor().matches(":popover-open");
  const canHover = window.matchMedia("(hover: hover)");
  const isPhone = window.matchMedia("(max-width: 640px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  const FIRST_FIELD = "#wish-slot, .wish-form :is(input:not([type=hidden]), select, button[type=submit])";

  let connected = false;
  let hasConnected = false;
  let early = null; // a form that was sent while the page was still connecting
  let lostTimer = 0;
  let focused = ""; // the id of what had the focus before a message came
  let opener = null; // the chip whose wish is being changed
  let awaited = null; // the request id of a message that the server hasn't shown yet

  /* A reconnect tells the server which turn came last, so that it can send what was missed. */
  function catchUpUrl(url) {
    const last = log().lastElementChild;
    const known = new URLSearchParams({
      after: last ? last.dataset.turn : "0",
      settled: last && last.dataset.state === "settled" && isIdle() ? "1" : "0",
    });
    return `${url}?${known}`;
  }

  function isIdle() {
    return byId("composer-buttons").dataset.state === "idle";
  }

  /* A version 4 UUID, also where crypto.randomUUID is missing: it needs a secure context. */
  function newRequestId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function showNotice(text) {
    const notice = byId("notice");
    notice.textContent = text;
    notice.hidden = !text;
  }

  function fitHeight() {
    const area = message();
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  function setConnected(isOpen) {
    connected = isOpen;
    clearTimeout(lostTimer);
    if (isOpen) {
      hasConnected = true;
      byId("connection").hidden = true;
      if (early) early.requestSubmit();
      early = null;
    } else {
      // Not at once: leaving the page closes the socket, too.
      lostTimer = setTimeout(() => { byId("connection").hidden = false; }, 600);
    }
  }

  function showNewTurn(turn) {
    const behavior = calm.matches ? "auto" : "smooth";
    turn.scrollIntoView({ block: "start", behavior });
  }

  /* A turn that began while this page connected comes twice: the later copy is the newer one. */
  function dropTwin(turn) {
    const twins = log().querySelectorAll(`:scope > [data-turn="${turn}"]`);
    if (twins.length > 1) twins[0].remove();
  }

  /* The message is on the page, so the server has it: only now may it leave the composer. */
  function releaseComposer(requestId) {
    if (requestId !== awaited) return;
    awaited = null;
    message().value = "";
    fitHeight();
  }

  document.addEventListener("keydown", (event) => {
    if (event.target !== message() || event.key !== "Enter") return;
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer().requestSubmit();
  });

  document.addEventListener("input", (event) => {
    if (event.target === message()) fitHeight();
  });

  document.addEventListener("htmx:wsConfigSend", (event) => {
    if (!connected) {
      // htmx would queue it and send it much later; the viewer decides instead. Only the moment
      // before the first connection is bridged.
      event.preventDefault();
      if (!hasConnected && event.target.matches("form")) early = event.target;
      else byId("connection").hidden = false;
      return;
    }
    const parameters = event.detail.parameters;
    delete event.detail.headers;
    if (event.target !== composer()) return;
    if (!parameters.text.trim() || byId("composer-buttons").dataset.state === "answering") {
      event.preventDefault();
      return;
    }
    awaited = newRequestId();
    parameters.request_id = awaited;
  });

  document.addEventListener("htmx:wsAfterSend", (event) => {
    showNotice("");
    const menu = byId("shelf-menu");
    if (menu && menu.matches(":popover-open")) menu.hidePopover();
    // The editor stays until its wish was taken: something may be wrong with it. And a tap must
    // not bring up a phone's keyboard.
    const typed = event.target === composer();
    if (typed || (canHover.matches && !editor().contains(event.target))) {
      message().focus({ preventScroll: true });
    }
  });

  /* --- the editor of a wish: a popover beside its chip, a sheet at the bottom of a phone --- */

  function placeEditor() {
    const box = editor();
    box.style.left = "";
    box.style.top = "";
    if (isPhone.matches || !opener || !opener.isConnected) return;
    const at = opener.getBoundingClientRect();
    const left = Math.max(16, Math.min(at.left, innerWidth - box.offsetWidth - 16));
    const below = at.bottom + 8;
    const fits = below + box.offsetHeight < innerHeight - 16;
    const top = fits ? below : Math.max(72, at.top - 8 - box.offsetHeight);
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
  }

  function openEditor(event) {
    const asking = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (event.detail.target.id === "wish-fault") return; // refused: what is there stays
    if (event.detail.target.id === "wish-body") {
      opener = asking;
      showFault("");
      if (!isEditing()) editor().showPopover();
      placeEditor();
      const first = editor().querySelector(FIRST_FIELD);
      if (first) first.focus({ preventScroll: true });
    } else if (asking && asking.id === "wish-slot") {
      // Another form below the menu of slots, which keeps the focus.
      showFault("");
      placeEditor();
    }
  }

  function closeEditor() {
    if (isEditing()) editor().hidePopover();
  }

  function showFault(text) {
    const fault = byId("wish-fault");
    fault.textContent = text;
    fault.hidden = !text;
  }

  /* Another form did not come: the menu says again which one is there, so it can be tried again. */
  function keepSlot(event) {
    const menu = event.detail.elt;
    const status = event.detail.xhr.status;
    if (menu.id !== "wish-slot" || (status >= 200 && status < 400)) return;
    menu.value = byId("wish-form").elements.slot.value;
    if (status !== 429) showFault("That did not work. Try again in a moment.");
  }

  document.addEventListener("htmx:afterRequest", keepSlot);

  // Not at the swap: what it brought answers to nobody until it has settled.
  document.addEventListener("htmx:afterSettle", openEditor);
  window.addEventListener("resize", () => { if (isEditing()) placeEditor(); });

  document.addEventListener("htmx:wsOpen", () => setConnected(true));
  document.addEventListener("htmx:wsClose", () => setConnected(false));

  document.addEventListener("htmx:wsBeforeMessage", () => {
    focused = document.activeElement ? document.activeElement.id : "";
  });

  document.addEventListener("htmx:wsAfterMessage", () => {
    log().setAttribute("aria-busy", String(!isIdle()));
    // A button that was replaced under somebody's finger is still the button they are at.
    const again = focused && document.activeElement === document.body && byId(focused);
    if (again) again.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (event.defaultPrevented) return; // said in place, by rows.js
    const stale = event.detail.xhr.status === 403 || event.detail.xhr.status === 404;
    showNotice(stale ? "This page is out of date. Reload it and try again." :
      "That did not work. Try again in a moment.");
  });

  document.addEventListener("htmx:sendError", (event) => {
    if (event.defaultPrevented) return;
    showNotice("The server can’t be reached. Try again in a moment.");
  });

  // htmx connects at DOMContentLoaded, and deferred scripts run before it.
  htmx.createWebSocket = (url) => new WebSocket(catchUpUrl(url));

  const shown = new Set(Array.from(log().children, (turn) => turn.dataset.turn));
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => Array.from(change.addedNodes))) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (shown.has(node.dataset.turn)) {
        dropTwin(node.dataset.turn);
        continue;
      }
      shown.add(node.dataset.turn);
      releaseComposer(node.dataset.request);
      closeEditor();
      showNewTurn(node);
    }
  }).observe(log(), { childList: true });

  fitHeight();
  const last = log().lastElementChild;
  if (last) last.scrollIntoView({ block: "start" });
})();
