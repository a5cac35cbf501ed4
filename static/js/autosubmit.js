// Sends a form when a choice in it changes: filters, the language. Without a script its button does the same.
let pause;

const send = (form) => { if (form.isConnected) form.requestSubmit(); };

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select, [type=checkbox], [type=radio], [type=date], [type=month]")) send(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (!form || !event.target.matches("[data-autosubmit-typing]")) return;
  clearTimeout(pause);
  pause = setTimeout(() => send(form), 300);
});
