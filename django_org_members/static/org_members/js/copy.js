/* Copies a temporary password or a link. The button stays hidden where the browser cannot copy. */
"use strict";
{
    const select = (box) => {
        const input = box.querySelector("input");
        input.focus();
        input.select();
    };

    async function copy(box) {
        const text = box.querySelector("[data-om-copy-text]");
        const { omCopied: copied } = text.dataset;
        try {
            await navigator.clipboard.writeText(box.querySelector("input").value);
        } catch {
            select(box);
            return;
        }
        const before = text.textContent;
        text.textContent = copied;
        box.querySelector("[data-om-copy-status]").textContent = copied;
        setTimeout(() => {
            text.textContent = before;
        }, 2000);
    }

    const prepare = (root) => root.querySelectorAll("[data-om-copy]").forEach((box) => {
        box.querySelector("[data-om-copy-button]").hidden = !navigator.clipboard;
    });

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-om-copy-button]");
        if (button) {
            copy(button.closest("[data-om-copy]"));
        }
    });
    document.addEventListener("om:shown", (event) => prepare(event.target));
    document.addEventListener("DOMContentLoaded", () => prepare(document));
}
