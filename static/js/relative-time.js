// Adds the distance to moments marked data-relative: "15 Oct, 11:32 (in 12 min)". The absolute time always stays.
const language = document.documentElement.lang || "en";
// Western digits in every language, as on the rest of the page.
const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short", numberingSystem: "latn" });
const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];

export function distance(seconds) {
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(0, "minute");
}

function refresh(root) {
  const now = Date.now();
  root.querySelectorAll?.("time[data-relative]").forEach((time) => {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) return;
    time.dataset.absolute ??= time.textContent;
    time.textContent = `${time.dataset.absolute} (${distance((at - now) / 1000)})`;
  });
}

refresh(document);
document.addEventListener("htmx:load", (event) => refresh(event.target.parentElement ?? document));
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(document); });
setInterval(() => { if (!document.hidden) refresh(document); }, 30000);
