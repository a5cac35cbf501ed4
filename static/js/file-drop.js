// Shows that a file may be dropped on an area marked data-drop, and puts it into the file field inside.
const areaOf = (event) => event.target.closest?.("[data-drop]");

document.addEventListener("dragover", (event) => {
  const area = areaOf(event);
  if (!area) return;
  event.preventDefault();
  area.classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  const area = areaOf(event);
  if (area && !area.contains(event.relatedTarget)) area.classList.remove("is-over");
});

document.addEventListener("drop", (event) => {
  const area = areaOf(event);
  const field = area?.querySelector("input[type=file]");
  if (!field || !event.dataTransfer.files.length) return;
  event.preventDefault();
  area.classList.remove("is-over");
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
