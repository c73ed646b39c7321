/*
 * Opens the pages behind `data-om-dialog` links in one native <dialog> over the list. Without this script they are
 * ordinary pages. The server knows a dialog by a header: instead of redirecting it answers where to go.
 */
"use strict";
{
    const { omDialogClose: closeLabel, omDialogFailed: failedText } = document.currentScript.dataset;
    const headers = { "X-Org-Members-Dialog": "1" };
    let dialog = null;
    let address = "";
    let hasChanged = false;

    function build() {
        dialog = document.createElement("dialog");
        dialog.className = "om-dialog";
        dialog.innerHTML = '<button type="button" class="om-button om-button--icon om-dialog__close" data-om-close>'
            + '<svg class="om-icon" aria-hidden="true"><use href="#om-icon-x"></use></svg></button>'
            + '<div class="om-dialog__body"></div>';
        dialog.querySelector(".om-dialog__close").setAttribute("aria-label", closeLabel);
        dialog.addEventListener("close", () => {
            body().replaceChildren();
            if (hasChanged) {
                location.reload();
            }
        });
        dialog.addEventListener("mousedown", (event) => {
            dialog.dataset.omOutside = event.target === dialog;
        });
        dialog.addEventListener("click", (event) => {
            if (event.target === dialog && dialog.dataset.omOutside === "true" && !hasChanged) {
                dialog.close();
            }
        });
        document.body.append(dialog);
    }

    const body = () => dialog.querySelector(".om-dialog__body");

    function show(text, url) {
        const page = new DOMParser().parseFromString(text, "text/html");
        const content = page.querySelector("[data-om-dialog-content]");
        if (!content) {
            location.assign(url);
            return;
        }
        address = url;
        hasChanged = hasChanged || "omChanged" in content.dataset;
        body().replaceChildren(document.adoptNode(content));
        const heading = body().querySelector("h1");
        heading.id = "om-dialog-title";
        heading.tabIndex = -1;
        dialog.setAttribute("aria-labelledby", heading.id);
        if (!dialog.open) {
            dialog.showModal();
        }
        dialog.scrollTop = 0;
        const wrong = body().querySelector(".om-form__row--wrong :is(input, select)");
        (wrong || body().querySelector("[autofocus]") || heading).focus();
        body().dispatchEvent(new CustomEvent("om:shown", { bubbles: true }));
    }

    async function load(url, options = {}) {
        dialog.setAttribute("aria-busy", "true");
        try {
            const response = await fetch(url, { ...options, headers, credentials: "same-origin" });
            const next = response.headers.get("X-Org-Members-Location");
            if (next) {
                location.assign(next);
                return;
            }
            if (response.redirected) {
                location.assign(response.url);
                return;
            }
            show(await response.text(), url);
        } catch {
            const note = document.createElement("p");
            note.className = "errornote";
            note.setAttribute("role", "alert");
            note.textContent = failedText;
            body().prepend(note);
            if (!dialog.open) {
                location.assign(url);
            }
        } finally {
            dialog.removeAttribute("aria-busy");
        }
    }

    function submit(event) {
        const form = event.target;
        if (form.method !== "post" || !(form.matches("[data-om-dialog]") || dialog?.contains(form))) {
            return;
        }
        event.preventDefault();
        if (!dialog) {
            build();
        }
        if (dialog.hasAttribute("aria-busy")) {
            return;
        }
        const url = new URL(form.getAttribute("action") || address, location.href);
        const data = new FormData(form, event.submitter);
        data.set("next", location.pathname + location.search);
        load(url.href, { method: "POST", body: data });
    }

    document.addEventListener("submit", submit);

    const isPlain = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

    document.addEventListener("click", (event) => {
        if (event.defaultPrevented || !isPlain(event)) {
            return;
        }
        const link = event.target.closest("a[data-om-dialog]");
        if (link) {
            event.preventDefault();
            if (!dialog) {
                build();
            }
            const base = dialog.contains(link) ? address : location.href;
            load(new URL(link.getAttribute("href"), base).href);
        } else if (dialog && dialog.contains(event.target) && event.target.closest("[data-om-close]")) {
            event.preventDefault();
            dialog.close();
        }
    });
}
