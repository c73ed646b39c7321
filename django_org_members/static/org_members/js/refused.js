/* Refused buttons and choices can be reached, so that their reason is read; pressing them does nothing. */
"use strict";

document.addEventListener("click", (event) => {
    if (event.target.closest('[aria-disabled="true"]')) {
        event.preventDefault();
    }
});
