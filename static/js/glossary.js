// Shows the definition of an agreed word beside it. Without this script the word is a link to its clause.
const known = new Map();
let card;
let opener;

document.addEventListener("click", async (event) => {
  const word = event.target.closest("a[data-word]");
  if (!word || event.ctrlKey || event.metaKey || event.shiftKey || !("popover" in HTMLElement.prototype)) return;
  event.preventDefault();
  try {
    show(word, await definitionAt(word.dataset.word));
  } catch {
    location.assign(word.href);
  }
});

async function definitionAt(url) {
  if (!known.has(url)) {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    known.set(url, await answer.text());
  }
  return known.get(url);
}

function show(word, html) {
  if (!card?.isConnected) card = newCard();
  opener = word;
  card.innerHTML = html;
  card.showPopover();
  place(word.getBoundingClientRect());
  card.focus({ preventScroll: true });
}

function newCard() {
  const made = Object.assign(document.createElement("div"), { className: "word-card", tabIndex: -1, popover: "auto" });
  made.setAttribute("role", "dialog");
  made.setAttribute("aria-labelledby", "definition-word");
  made.addEventListener("toggle", (event) => {
    if (event.newState === "closed" && opener.isConnected) opener.focus({ preventScroll: true });
  });
  return document.body.appendChild(made);
}

// Under the word, or above it where there is no room; never past the edge of the window.
function place(spot) {
  const { width, height } = card.getBoundingClientRect();
  const edge = 8;
  const start = document.dir === "rtl" ? spot.right - width : spot.left;
  const below = spot.bottom + edge;
  const top = below + height > innerHeight - edge ? Math.max(edge, spot.top - height - edge) : below;
  card.style.translate = `${Math.max(edge, Math.min(start, innerWidth - width - edge))}px ${top}px`;
}
