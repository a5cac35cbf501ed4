// Warns before leaving a page whose [data-warn-unsaved] form has entries that were not sent; "always" where the form
// came back with entries that are not saved yet.
let isSent = false;

function isChanged(field) {
  if (field.type === "hidden") return false;
  if (field.matches("input[type=checkbox], input[type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select:not([multiple])")) {
    return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
  }
  return field.matches("input, textarea") && field.value !== field.defaultValue;
}

const isUnsaved = (form) => form.dataset.warnUnsaved === "always" || [...form.elements].some(isChanged);

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-warn-unsaved]")) isSent = true;
});

window.addEventListener("pageshow", () => { isSent = false; });

// A part of the form that the server drew again holds what was entered.
document.addEventListener("htmx:afterSwap", (event) => {
  event.target.closest("form[data-warn-unsaved]")?.setAttribute("data-warn-unsaved", "always");
});

window.addEventListener("beforeunload", (event) => {
  if (!isSent && [...document.querySelectorAll("form[data-warn-unsaved]")].some(isUnsaved)) event.preventDefault();
});
