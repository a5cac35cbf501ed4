// Opens the browser's print dialog; the button is hidden until this script can act.
const show = (root) => root.querySelectorAll?.("[data-print][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
