// Fragments that ask for themselves (data-poll) rest while nobody looks at the page.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.hasAttribute("data-poll")) event.preventDefault();
});
