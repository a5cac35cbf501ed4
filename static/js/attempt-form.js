// An outcome belongs to its channel: when another channel is chosen, the outcome of the old one is taken back.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-attempt]");
  if (!form || event.target.name !== "channel") return;
  form.querySelectorAll('[name="outcome"]:checked').forEach((outcome) => {
    outcome.checked = outcome.value.startsWith(`${event.target.value}.`);
  });
});
