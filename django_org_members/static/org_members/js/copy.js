/* Copies a temporary password, a link, or backup codes. The button stays hidden where the browser cannot copy. */
"use strict";
{
    const valueOf = (box) => box.querySelector("input")?.value
        ?? [...box.querySelectorAll("[data-om-copy-value] code")].map((code) => code.textContent).join("\n");

    const select = (box) => {
        const input = box.querySelector("input");
        if (input) {
            input.focus();
            input.select();
        } else {
            getSelection().selectAllChildren(box.querySelector("[data-om-copy-value]"));
        }
    };

    async function copy(box) {
        const text = box.querySelector("[data-om-copy-text]");
        const { omCopied: copied } = text.dataset;
        try {
            await navigator.clipboard.writeText(valueOf(box));
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
