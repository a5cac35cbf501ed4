// Chooses light or dark before the first paint, and keeps the choice; a classic script, because modules come too late.
(() => {
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  root.classList.add("has-script");
  apply(read());
  const showChoice = () => document.querySelectorAll("[data-theme-switch]").forEach((box) => { box.value = read(); });
  document.addEventListener("DOMContentLoaded", showChoice);
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-theme-switch]")) return;
    try { localStorage.setItem("theme", event.target.value); } catch { /* a private window keeps it for this page only */ }
    apply(event.target.value);
  });
  addEventListener("storage", (event) => { if (event.key === "theme") { apply(read()); showChoice(); } });
})();
