/* Orders the members of a layer in place: by its Up and Down buttons, and by dragging. Without this the buttons post. */
"use strict";
{
    const rowsOf = (list) => [...list.querySelectorAll("[data-om-member]")];

    function settle(list) {
        const rows = rowsOf(list);
        const value = list.parentElement.querySelector("[data-om-order-value]");
        value.value = rows.map((row) => row.dataset.omMember).join(",");
        rows.forEach((row, index) => {
            row.querySelector('[data-om-move="-1"]').disabled = index === 0;
            row.querySelector('[data-om-move="1"]').disabled = index === rows.length - 1;
        });
    }

    function tell(row, list) {
        const status = document.querySelector("[data-om-order-status]");
        status.textContent = status.dataset.omMoved
            .replace("{name}", row.dataset.omName)
            .replace("{place}", rowsOf(list).indexOf(row) + 1);
    }

    function step(button) {
        const row = button.closest("[data-om-member]");
        const list = row.parentElement;
        if (button.dataset.omMove === "-1") {
            row.previousElementSibling?.before(row);
        } else {
            row.nextElementSibling?.after(row);
        }
        settle(list);
        (button.disabled ? row.querySelector("[data-om-move]:not(:disabled)") : button)?.focus();
        tell(row, list);
    }

    function drag(grip, start) {
        const row = grip.closest("[data-om-member]");
        const list = row.parentElement;
        const before = rowsOf(list);
        const move = (event) => {
            const other = rowsOf(list).find((each) => {
                const box = each.getBoundingClientRect();
                return each !== row && event.clientY >= box.top && event.clientY <= box.bottom;
            });
            if (other) {
                const isAbove = row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_PRECEDING;
                other[isAbove ? "before" : "after"](row);
            }
        };
        const stop = () => {
            row.classList.remove("om-order__row--dragged");
            document.removeEventListener("pointermove", move);
            document.removeEventListener("pointerup", end);
            document.removeEventListener("pointercancel", undo);
            document.removeEventListener("keydown", escape, true);
            settle(list);
        };
        const end = () => {
            stop();
            tell(row, list);
        };
        const undo = () => {
            list.append(...before);
            stop();
        };
        const escape = (event) => {
            if (event.key === "Escape") {
                event.preventDefault();
                undo();
            }
        };
        start.preventDefault();
        row.classList.add("om-order__row--dragged");
        document.addEventListener("pointermove", move);
        document.addEventListener("pointerup", end);
        document.addEventListener("pointercancel", undo);
        document.addEventListener("keydown", escape, true);
    }

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-om-move]");
        if (button) {
            event.preventDefault();
            step(button);
        }
    });
    document.addEventListener("pointerdown", (event) => {
        const grip = event.target.closest("[data-om-grip]");
        if (grip && event.isPrimary && event.button === 0) {
            drag(grip, event);
        }
    });
    document.querySelectorAll("[data-om-grip]").forEach((grip) => {
        grip.hidden = false;
    });
}
