/*
 * After a change the list is loaded anew. This brings one back to where one was: the same rows in view, the focus on
 * the menu or link that was used, and what was done said aloud.
 */
"use strict";
{
    const KEY = "om-return";
    const here = location.pathname + location.search;

    /* How to find an element again in the next page. */
    function trace(element) {
        const menu = element.closest("[data-om-menu]");
        if (menu) {
            return `[popovertarget="${menu.id}"]`;
        }
        const form = element.form || element.closest("form");
        return element.matches("a") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]`
            : `form[action="${CSS.escape(form?.getAttribute("action") || "")}"] button`;
    }

    function remember(opener, reopen = "") {
        const focus = opener ? trace(opener) : "";
        try {
            sessionStorage.setItem(KEY, JSON.stringify({ here, scroll: window.scrollY, focus, reopen }));
        } catch {
            // No storage: the page then opens at its top.
        }
    }

    function recall() {
        try {
            const kept = JSON.parse(sessionStorage.getItem(KEY));
            sessionStorage.removeItem(KEY);
            return kept;
        } catch {
            return null;
        }
    }

    /* A live region is read when something comes into it, not when it is there from the beginning. */
    function announce(messages) {
        const live = document.createElement("div");
        live.className = "om-told";
        live.setAttribute("role", "status");
        messages.before(live);
        setTimeout(() => live.append(messages));
        ["pointerdown", "keydown"].forEach((type) => document.addEventListener(type, () => {
            live.classList.remove("om-told");
        }, { once: true }));
        return live;
    }

    function restore({ scroll, focus, reopen }) {
        const list = document.querySelector(".messagelist");
        const messages = list && announce(list);
        const target = focus && document.querySelector(focus);
        window.scrollTo(0, scroll);
        if (target) {
            target.focus({ preventScroll: true });
            target.scrollIntoView({ block: "nearest" });
        } else if (messages) {
            messages.tabIndex = -1;
            messages.focus({ preventScroll: true });
        }
        if (reopen) {
            const detail = { url: reopen, opener: target || document.body, messages };
            document.dispatchEvent(new CustomEvent("om:reopen", { detail }));
        }
    }

    document.addEventListener("om:leave", (event) => remember(event.detail.opener, event.detail.reopen));
    document.addEventListener("submit", (event) => {
        if (!event.defaultPrevented && event.target.matches("#om-row-form, .om-invitations form")) {
            remember(event.submitter);
        }
    });

    const kept = recall();
    if (kept?.here === here) {
        restore(kept);
    }
}
