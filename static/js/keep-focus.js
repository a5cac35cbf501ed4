// A swap may take away the very control that was used. The focus then goes on to the nearest surroundings that are still
// there (by id), without scrolling, and not back to the top of the page.
let surroundings = [];

const idsAround = (element) => {
  const ids = [];
  for (let one = element; one && one !== document.body; one = one.parentElement) if (one.id) ids.push(one.id);
  return ids;
};

document.addEventListener("htmx:beforeSwap", (event) => {
  surroundings = event.detail.target.contains(document.activeElement) ? idsAround(document.activeElement) : [];
});

document.addEventListener("htmx:afterSettle", () => {
  const ids = surroundings;
  surroundings = [];
  if (!ids.length || document.activeElement !== document.body) return;
  const heir = ids.map((id) => document.getElementById(id)).find(Boolean);
  if (!heir) return;
  if (!heir.hasAttribute("tabindex")) heir.tabIndex = -1;
  heir.focus({ preventScroll: true });
});
