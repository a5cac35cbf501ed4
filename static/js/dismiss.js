// Removes the nearest element named by data-dismiss; its button is hidden until this script can act.
const show = (root) => root.querySelectorAll?.("[data-dismiss][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  const target = button?.closest(button.dataset.dismiss);
  if (!target) return;
  const hadFocus = target.contains(document.activeElement);
  target.remove();
  if (hadFocus) document.getElementById("content")?.focus({ preventScroll: true });
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
document.addEventListener("htmx:oobAfterSwap", () => show(document));
