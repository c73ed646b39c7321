/*
 * Picks a span of a lane of the week calendar and opens the form that overrides it: by dragging, by clicking with Shift
 * where it begins and where it ends, or with the keyboard. Without this script each block is a link to that form.
 *
 * The server tells when each day begins and ends, so that no clock of the browser matters here.
 */
"use strict";
{
    const words = document.currentScript.dataset;
    const HOUR = 3600;
    const FEW = 6; // pixels that are no drag yet
    const week = document.querySelector("[data-om-week]");
    const edges = (week?.dataset.omEdges || "").split(" ").map(Number);
    const rtl = document.documentElement.dir === "rtl";
    let drag = null; // { lane, from, x }: the button is down in a lane
    let mark = null; // { lane, at }: where Shift was held first
    let isDragged = false; // the click that follows is no click

    const lanes = () => [...week.querySelectorAll("[data-om-lane]")];
    const clamp = (at) => Math.min(Math.max(at, edges[0]), edges.at(-1));
    const dayOf = (at) => Math.max(0, edges.findLastIndex((edge, index) => edge <= at && index < 7));

    /* Between 0 and 1: all days are as wide, however long. */
    const place = (at) => {
        const day = dayOf(at);
        return (day + (at - edges[day]) / (edges[day + 1] - edges[day])) / 7;
    };

    /* The hour in which a place of the lane lies, or which is nearest. */
    function timeAt(lane, x, round) {
        const box = lane.getBoundingClientRect();
        const part = (rtl ? box.right - x : x - box.left) / box.width;
        const days = Math.min(Math.max(part, 0), 0.999999) * 7;
        const day = Math.floor(days);
        const seconds = (days - day) * (edges[day + 1] - edges[day]);
        return clamp(edges[day] + round(seconds / HOUR) * HOUR);
    }

    const format = (() => {
        const options = { weekday: "short", hour: "numeric", minute: "2-digit", timeZone: week?.dataset.omZone };
        try {
            return new Intl.DateTimeFormat(document.documentElement.lang || undefined, options);
        } catch {
            return null; // a zone that the browser does not know
        }
    })();

    const inWords = ([begins, ends]) => format
        ? `${format.format(begins * 1000)} – ${format.format(ends * 1000)}` : "";

    const written = (at) => new Date(at * 1000).toISOString().replace(".000", "");

    const ordered = (first, second) => {
        const [begins, ends] = first <= second ? [first, second] : [second, first];
        return begins === ends ? [begins, clamp(begins + HOUR)] : [begins, ends];
    };

    function open(lane, [begins, ends]) {
        clear();
        const link = lane.querySelector("[data-om-open]");
        const url = new URL(lane.dataset.omUrl, location.href);
        url.searchParams.set("begins", written(begins));
        url.searchParams.set("ends", written(ends));
        link.href = url.pathname + url.search;
        link.click();
    }

    function clear() {
        mark = null;
        week.querySelectorAll(".om-picker").forEach((picker) => {
            picker.replaceChildren();
            delete picker.dataset.omSpan;
        });
    }

    function show(lane, span) {
        const picker = lane.querySelector(".om-picker");
        const box = document.createElement("div");
        const label = document.createElement("span");
        const [left, right] = span.map((at) => 100 * (at === edges.at(-1) ? 1 : place(at)));
        box.className = "om-picker__span";
        box.style.insetInlineStart = `${left}%`;
        box.style.inlineSize = `${right - left}%`;
        label.className = "om-picker__words";
        label.textContent = inWords(span);
        label.style[left > 60 ? "insetInlineEnd" : "insetInlineStart"] = `${left > 60 ? 100 - right : left}%`;
        picker.replaceChildren(box, label);
        picker.dataset.omSpan = span.join(" ");
    }

    const spanOf = (lane) => lane.querySelector(".om-picker").dataset.omSpan?.split(" ").map(Number);

    // Keyboard

    /* Begins now, or where the week does. */
    function first() {
        const now = Math.floor(Date.now() / 1000 / HOUR) * HOUR;
        const begins = now > edges[0] && now < edges.at(-1) - HOUR ? now : edges[0];
        return [begins, begins + HOUR];
    }

    function moved([begins, ends], step, isEnd) {
        if (isEnd) {
            return [begins, clamp(Math.max(ends + step, begins + HOUR))];
        }
        const length = ends - begins;
        const start = Math.min(Math.max(begins + step, edges[0]), edges.at(-1) - length);
        return [start, start + length];
    }

    function press(event) {
        const lane = event.currentTarget.closest("[data-om-lane]");
        const forward = rtl ? "ArrowLeft" : "ArrowRight";
        const back = rtl ? "ArrowRight" : "ArrowLeft";
        const steps = { [forward]: HOUR, [back]: -HOUR, PageDown: 24 * HOUR, PageUp: -24 * HOUR };
        const span = spanOf(lane);
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            open(lane, span || first());
        } else if (event.key === "Escape") {
            clear();
        } else if (event.key in steps) {
            event.preventDefault();
            const next = span ? moved(span, steps[event.key], event.shiftKey) : first();
            clear();
            show(lane, next);
            say(inWords(next));
        }
    }

    let live = null;
    const say = (text) => {
        live.textContent = text;
    };

    // Mouse and pen; a finger scrolls.

    const laneOf = (event) => event.target.closest?.("[data-om-lane]");

    function down(event) {
        const lane = laneOf(event);
        isDragged = false;
        if (lane && event.button === 0 && !event.shiftKey && event.pointerType !== "touch") {
            drag = { lane, from: event.clientX, isMoving: false };
        }
    }

    const dragged = (event) => {
        const { lane, from } = drag;
        const [left, right] = (event.clientX < from) !== rtl ? [event.clientX, from] : [from, event.clientX];
        return ordered(timeAt(lane, left, Math.floor), timeAt(lane, right, Math.ceil));
    };

    function move(event) {
        if (!drag || (!drag.isMoving && Math.abs(event.clientX - drag.from) < FEW)) {
            return;
        }
        drag.isMoving = true;
        drag.lane.classList.add("om-lane--picking");
        getSelection().removeAllRanges();
        show(drag.lane, dragged(event));
    }

    function up(event) {
        if (!drag) {
            return;
        }
        const { lane, isMoving } = drag;
        const span = isMoving && dragged(event);
        lane.classList.remove("om-lane--picking");
        drag = null;
        if (span) {
            isDragged = true;
            // After the click that ends the drag, which would follow the block's link.
            setTimeout(() => {
                isDragged = false;
                open(lane, span);
            });
        }
    }

    function click(event) {
        const lane = laneOf(event);
        if (isDragged) {
            event.preventDefault();
            event.stopPropagation();
        } else if (lane && event.shiftKey && event.button === 0) {
            event.preventDefault();
            event.stopPropagation();
            const at = timeAt(lane, event.clientX, Math.floor);
            if (mark?.lane === lane) {
                open(lane, ordered(Math.min(mark.at, at), Math.max(mark.at, at) + HOUR));
            } else {
                clear();
                mark = { lane, at };
                show(lane, [at, clamp(at + HOUR)]);
            }
        }
    }

    function prepare(lane) {
        const picker = document.createElement("div");
        picker.className = "om-picker";
        picker.tabIndex = 0;
        picker.setAttribute("role", "application");
        picker.setAttribute("aria-label", `${words.omWeekPicker} ${lane.dataset.omLane}`);
        picker.setAttribute("aria-describedby", "om-week-help");
        picker.addEventListener("keydown", press);
        const link = document.createElement("a");
        link.hidden = true;
        link.dataset.omOpen = "";
        link.dataset.omDialog = "";
        lane.prepend(link);
        lane.append(picker);
    }

    function start() {
        const help = document.createElement("p");
        help.id = "om-week-help";
        help.className = "om-hidden";
        help.textContent = words.omWeekHelp;
        live = document.createElement("div");
        live.className = "om-hidden";
        live.setAttribute("aria-live", "polite");
        week.append(help, live);
        lanes().forEach(prepare);
        week.querySelectorAll("[data-om-week-only]").forEach((hint) => {
            hint.hidden = false;
        });
        document.addEventListener("pointerdown", down);
        document.addEventListener("pointermove", move);
        document.addEventListener("pointerup", up);
        document.addEventListener("pointercancel", () => {
            drag = null;
            clear();
        });
        document.addEventListener("click", click, true);
    }

    if (week && lanes().length) {
        start();
    }
}
