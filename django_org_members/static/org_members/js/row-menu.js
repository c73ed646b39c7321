/*
 * Comfort for the menus of the rows, which are native popovers and work without this: arrow keys, closing when the
 * focus goes on, and a place beside the button where the browser knows no CSS anchors.
 */
"use strict";
{
    const GAP = 4;
    const EDGE = 8;

    const entries = (menu) => [...menu.querySelectorAll(".om-menu__entry")];

    const buttonOf = (menu) => document.querySelector(`[popovertarget="${menu.id}"]`);

    function place(menu) {
        const button = buttonOf(menu).getBoundingClientRect();
        const box = menu.getBoundingClientRect();
        const rtl = getComputedStyle(menu).direction === "rtl";
        const below = button.bottom + GAP;
        const fits = below + box.height <= window.innerHeight - EDGE;
        const top = fits ? below : Math.max(EDGE, button.top - GAP - box.height);
        const wanted = rtl ? button.left : button.right - box.width;
        const left = Math.min(Math.max(EDGE, wanted), window.innerWidth - box.width - EDGE);
        menu.style.setProperty("inset", `${top}px auto auto ${left}px`);
        menu.style.setProperty("margin", "0");
    }

    function move(menu, event) {
        const all = entries(menu);
        const here = all.indexOf(document.activeElement);
        const steps = { ArrowDown: here + 1, ArrowUp: here < 0 ? -1 : here - 1, Home: 0, End: -1 };
        if (!(event.key in steps)) {
            return;
        }
        event.preventDefault();
        all.at(steps[event.key] % all.length).focus();
    }

    document.querySelectorAll("[data-om-menu]").forEach((menu) => {
        menu.addEventListener("keydown", (event) => move(menu, event));
        menu.addEventListener("toggle", (event) => {
            if (event.newState !== "open") {
                return;
            }
            if (!CSS.supports("position-area", "block-end")) {
                place(menu);
            }
            entries(menu)[0].focus({ preventScroll: true });
        });
        menu.parentElement.addEventListener("focusout", (event) => {
            if (event.relatedTarget && !menu.parentElement.contains(event.relatedTarget) && menu.matches(":popover-open")) {
                menu.hidePopover();
            }
        });
        menu.addEventListener("click", (event) => {
            if (event.target.closest("a.om-menu__entry")) {
                menu.hidePopover();
            }
        });
    });
}
