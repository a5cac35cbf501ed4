// Copies the text of a field and says so; the button is hidden until this script can act.
const show = (root) => root.querySelectorAll?.("[data-copy][hidden]").forEach((button) => { button.hidden = !navigator.clipboard; });

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
  document.querySelector("[data-status]").textContent = button.dataset.copied;
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
