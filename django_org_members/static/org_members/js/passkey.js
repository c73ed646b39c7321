// When the browser has made a passkey, go where the page says.
document.addEventListener("otp_webauthn.register_complete", () => {
    const frame = document.querySelector("[data-om-passkey-done]");
    window.location.assign(frame.dataset.omPasskeyDone);
});
