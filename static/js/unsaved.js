// Warns before leaving a page whose [data-warn-unsaved] form has entries that were not sent.
let isSent = false;

const isTouched = (form) => [...form.elements].some((field) => {
  if (field.type === "hidden") return false;
  if (field.matches("input[type=checkbox], input[type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
  return field.matches("input, textarea") && field.value !== field.defaultValue;
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-warn-unsaved]")) isSent = true;
});

window.addEventListener("pageshow", () => { isSent = false; });

window.addEventListener("beforeunload", (event) => {
  const forms = [...document.querySelectorAll("form[data-warn-unsaved]")];
  if (!isSent && forms.some(isTouched)) event.preventDefault();
});
