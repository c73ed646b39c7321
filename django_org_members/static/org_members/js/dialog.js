/*
 * Opens the pages behind `data-om-dialog` links in one native <dialog> over the list. Without this script they are
 * ordinary pages. The server knows a dialog by a header: instead of redirecting it answers where to go.
 */
"use strict";
{
    const words = document.currentScript.dataset;
    const headers = { "X-Org-Members-Dialog": "1" };
    const ERROR = ".om-form__row--wrong :is(input, select, textarea)";
    const FIELD = ":is(input:not([type=hidden], [type=radio]), select, textarea):not([readonly])";
    let dialog = null;
    let address = "";
    let detail = ""; // the member's tab that the content was opened from
    let opener = null;
    let request = null;
    let isSending = false;
    let isTouched = false; // a form inside holds what would be lost
    let isStale = false; // the list behind shows what may not be true any more

    const body = () => dialog.querySelector(".om-dialog__body");
    const status = () => dialog.querySelector(".om-dialog__status");
    const isOnce = () => Boolean(body().querySelector("[data-om-changed]"));
    const holds = (element) => Boolean(dialog?.contains(element));

    function build() {
        dialog = document.createElement("dialog");
        dialog.className = "om-dialog";
        dialog.innerHTML = '<button type="button" class="om-button om-button--icon om-dialog__close" data-om-close>'
            + '<svg class="om-icon" aria-hidden="true"><use href="#om-icon-x"></use></svg></button>'
            + '<p class="om-dialog__status" id="om-dialog-status" role="status"></p><div class="om-dialog__body"></div>';
        dialog.querySelector(".om-dialog__close").setAttribute("aria-label", words.omDialogClose);
        dialog.addEventListener("close", closed);
        dialog.addEventListener("input", () => {
            isTouched = true;
        });
        // What is shown once goes away by its own button only. Chromium lets a second Escape pass `cancel`.
        dialog.addEventListener("cancel", (event) => isOnce() && event.preventDefault());
        dialog.addEventListener("keydown", (event) => event.key === "Escape" && isOnce() && event.preventDefault());
        dialog.addEventListener("mousedown", (event) => {
            dialog.dataset.omOutside = event.target === dialog;
        });
        dialog.addEventListener("click", (event) => {
            if (event.target === dialog && dialog.dataset.omOutside === "true" && !isTouched && !isOnce()) {
                dialog.close();
            }
        });
        document.body.append(dialog);
    }

    function closed() {
        body().replaceChildren();
        if (!isSending) {
            request?.abort();
        }
        if (isStale) {
            leave();
            location.reload();
        }
    }

    /* Tells return.js where to come back to. */
    function leave(reopen = "") {
        document.dispatchEvent(new CustomEvent("om:leave", { detail: { opener, reopen } }));
    }

    function go(url) {
        leave(detail);
        location.assign(url);
    }

    function open() {
        if (!dialog.open) {
            dialog.showModal();
        }
    }

    function say(text) {
        status().textContent = text;
    }

    function show(content, url, from) {
        const before = address;
        address = url;
        if ("omDetail" in content.dataset) {
            detail = url;
        }
        isStale = isStale || "omChanged" in content.dataset;
        body().replaceChildren(document.adoptNode(content));
        dialog.querySelector(".om-dialog__close").hidden = isOnce();
        const heading = body().querySelector("h1");
        heading.id = "om-dialog-title";
        heading.tabIndex = -1;
        dialog.setAttribute("aria-labelledby", heading.id);
        open();
        dialog.scrollTop = 0;
        startIn(content, from, before).focus();
        content.dispatchEvent(new CustomEvent("om:shown", { bubbles: true }));
    }

    /* On a tab after a tab, on the button one comes back from, else where one begins to type or to read. */
    function startIn(content, from, before) {
        if ("omDetail" in content.dataset) {
            const current = content.querySelector(".om-tabs [aria-current]");
            const used = [...content.querySelectorAll("a[data-om-dialog]")].find((link) => link.href === before);
            return (from === "tab" && current) || (from === "back" && used) || content.querySelector("h1");
        }
        return content.querySelector(ERROR) || content.querySelector("[autofocus]") || content.querySelector(FIELD)
            || content.querySelector("h1");
    }

    function fail(text) {
        body().querySelector(".om-dialog__failure")?.remove();
        const note = document.createElement("p");
        note.className = "errornote om-dialog__failure";
        note.setAttribute("role", "alert");
        note.textContent = text;
        const head = body().querySelector(".om-pane__head");
        if (head) {
            head.after(note);
        } else {
            note.id = "om-dialog-title";
            dialog.setAttribute("aria-labelledby", note.id);
            body().replaceChildren(note);
        }
        note.scrollIntoView({ block: "nearest" });
    }

    async function load(url, { form = null, from = "" } = {}) {
        request?.abort();
        const mine = new AbortController();
        request = mine;
        isSending = form !== null;
        body().setAttribute("aria-busy", "true");
        say(isSending ? words.omDialogSending : words.omDialogLoading);
        if (!body().firstChild) {
            dialog.setAttribute("aria-labelledby", "om-dialog-status");
        }
        open();
        try {
            const sent = form ? { method: "POST", body: form } : {};
            const response = await fetch(url, { ...sent, headers, credentials: "same-origin", signal: mine.signal });
            const next = response.headers.get("X-Org-Members-Location") || (response.redirected && response.url);
            if (next) {
                go(next);
                return;
            }
            const page = new DOMParser().parseFromString(await response.text(), "text/html");
            const content = page.querySelector("[data-om-dialog-content]");
            if (content) {
                isTouched = isTouched && isSending;
                show(content, url, from);
            } else if (isSending) {
                throw new Error(response.status);
            } else {
                location.assign(url);
                return;
            }
        } catch {
            if (mine.signal.aborted) {
                return;
            }
            isStale = isStale || isSending;
            open();
            fail(isSending ? words.omDialogUnsure : words.omDialogFailed);
        }
        isSending = false;
        body().removeAttribute("aria-busy");
        say("");
    }

    /* The way into the dialog from the page. */
    function begin(from) {
        if (!dialog) {
            build();
        }
        if (!holds(from)) {
            opener = from;
            detail = "";
            address = "";
        }
    }

    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (form.method !== "post" || !(form.matches("[data-om-dialog]") || holds(form))) {
            return;
        }
        event.preventDefault();
        if (isSending) {
            return;
        }
        begin(event.submitter || form);
        const url = new URL(form.getAttribute("action") || address, location.href);
        const data = new FormData(form, event.submitter);
        data.set("next", location.pathname + location.search);
        load(url.href, { form: data });
    });

    const isPlain = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

    document.addEventListener("click", (event) => {
        if (event.defaultPrevented || !isPlain(event)) {
            return;
        }
        const link = event.target.closest("a[data-om-dialog]");
        const close = holds(event.target) && event.target.closest("[data-om-close]");
        if (link) {
            event.preventDefault();
            if (isSending) {
                return;
            }
            begin(link);
            const url = new URL(link.getAttribute("href"), holds(link) ? address : location.href).href;
            load(url, { from: link.closest(".om-tabs") ? "tab" : "" });
        } else if (close) {
            event.preventDefault();
            if (body().contains(close) && detail && detail !== address && !isSending) {
                load(detail, { from: "back" });
            } else {
                dialog.close();
            }
        } else if (holds(event.target) && event.target.closest("a[data-om-done]")) {
            event.preventDefault();
            go(event.target.closest("a").href);
        }
    });

    /* After a change that was made from a member's tab: that tab again, with what the page says about it. */
    document.addEventListener("om:reopen", async (event) => {
        const { url, opener: link, messages } = event.detail;
        const response = await fetch(url, { headers, credentials: "same-origin" });
        const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
        const content = page.querySelector("[data-om-dialog-content]");
        if (!content || document.querySelector("dialog[open]")) {
            return;
        }
        begin(link);
        show(content, url, "tab");
        if (messages) {
            body().querySelector(".om-pane__head").after(messages);
        }
    });
}
