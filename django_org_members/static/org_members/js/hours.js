/* Adds a row of hours, and copies Monday, in place. Without this the same buttons post the form. */
"use strict";
{
    const rowsOf = (day) => [...day.querySelectorAll("[data-om-span]")];
    const timesOf = (row) => [...row.querySelectorAll("input")];

    function emptied(row) {
        const copy = row.cloneNode(true);
        copy.classList.remove("om-form__row--wrong");
        copy.querySelector(".errorlist")?.remove();
        for (const input of timesOf(copy)) {
            input.value = "";
            input.removeAttribute("value");
            for (const name of ["aria-invalid", "aria-describedby", "autofocus"]) {
                input.removeAttribute(name);
            }
        }
        return copy;
    }

    function addRow(day) {
        const last = rowsOf(day).at(-1);
        const row = emptied(last);
        last.after(row);
        return row;
    }

    function copyMonday(week) {
        const [monday, ...days] = week.querySelectorAll("[data-om-day]");
        const times = rowsOf(monday).map((row) => timesOf(row).map((input) => input.value))
            .filter((values) => values.some(Boolean));
        for (const day of days.slice(0, 4)) {
            const rows = rowsOf(day);
            rows[0].before(emptied(rows[0]));
            rows.forEach((row) => row.remove());
            times.forEach((values, index) => {
                const row = index ? addRow(day) : rowsOf(day)[0];
                timesOf(row).forEach((input, end) => {
                    input.value = values[end];
                });
            });
        }
    }

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-om-add-span], [data-om-copy-monday]");
        if (!button) {
            return;
        }
        event.preventDefault();
        if (button.hasAttribute("data-om-add-span")) {
            timesOf(addRow(button.closest("[data-om-day]")))[0].focus();
        } else {
            copyMonday(button.closest("[data-om-hours]"));
        }
    });
}
