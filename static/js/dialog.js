// Opens a native dialog named by data-open="id"; a click on the backdrop closes it, and the focus goes back.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const dialog = opener && document.getElementById(opener.dataset.open);
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    opener.closest("details[data-menu]")?.removeAttribute("open");
    if (!dialog.open) dialog.showModal();
    return;
  }
  if (event.target instanceof HTMLDialogElement && event.target.open && isOutside(event)) event.target.close();
});

function isOutside(event) {
  const box = event.target.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right
    && event.clientY >= box.top && event.clientY <= box.bottom;
  // A click by keyboard has no place.
  return event.detail > 0 && !inside;
}
