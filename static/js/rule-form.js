// A rule's own requests carry the rule alone, and not the whole chapter around it: they are sent while someone types.
document.addEventListener("htmx:configRequest", (event) => {
  const rule = event.target.closest("[data-rule]");
  if (!rule) return;
  const { rule: name, ruleEvent } = rule.dataset;
  const { parameters } = event.detail;
  for (const key of [...parameters.keys()]) {
    const isOwn = key.startsWith(`${name}.`) || key === ruleEvent || key === "rule" || key === "csrfmiddlewaretoken";
    if (!isOwn) parameters.delete(key);
  }
});
