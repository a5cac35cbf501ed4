// Keeps the tab's title with a fragment that carries one (data-title): how many steps are owed.
document.addEventListener("htmx:afterSettle", () => {
  const titled = document.querySelector("[data-title]");
  if (titled) document.title = document.title.replace(/^.*(?= · )/, titled.dataset.title);
});
