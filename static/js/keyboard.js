// Single keys for lists and leads. They act only while [data-keys] has the focus, by physical key (event.code), never while
// a text is typed or composed, and not at all when the reader switched them off. The page marks what a key presses:
// rows are [data-row] (focusable), their link is [data-row-link], other controls carry data-key="KeyL".
const isOff = () => document.body.dataset.shortcuts === "off";
const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const isSlash = (event) => event.key === "/";
const isQuestion = (event) => event.key === "?" || event.key === "؟" || event.key === "？";

function move(scope, step) {
  const rows = [...scope.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

function press(scope, event) {
  const inRow = document.activeElement.closest("[data-row]");
  const selector = `[data-key~="${event.code}"]`;
  const control = inRow?.querySelector(selector) ?? scope.querySelector(selector);
  if (!control || control.disabled) return false;
  if (control.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) control.focus();
  else control.click();
  return true;
}

function open(event) {
  if (!event.target.matches("[data-row]")) return false;
  const link = event.target.querySelector("[data-row-link]");
  link?.click();
  return Boolean(link);
}

function act(scope, event) {
  // In a text the arrows scroll, and the clauses have keys of their own.
  if (scope.dataset.keys === "clauses") {
    if (event.code === "KeyN") return move(scope, 1);
    if (event.code === "KeyP") return move(scope, -1);
    return press(scope, event);
  }
  switch (event.code) {
    case "KeyJ": case "ArrowDown": return move(scope, 1);
    case "KeyK": case "ArrowUp": return move(scope, -1);
    case "Enter": case "NumpadEnter": return open(event);
    default: return press(scope, event);
  }
}

// These two work anywhere: they only look, and they need a character that is not part of a word.
function look(event) {
  if (isSlash(event)) {
    const search = document.querySelector("[data-search]");
    search?.focus();
    return Boolean(search);
  }
  if (!isQuestion(event)) return false;
  const help = document.getElementById("keys");
  if (help && !help.open) help.showModal();
  return Boolean(help);
}

document.addEventListener("keydown", (event) => {
  if (isOff() || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const scope = event.target.closest("[data-keys]");
  if ((scope && act(scope, event)) || look(event)) event.preventDefault();
});

// Ctrl+Enter (or ⌘+Enter) sends the form that is being filled in.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.target.closest("form[data-quick-send]")?.requestSubmit();
});
