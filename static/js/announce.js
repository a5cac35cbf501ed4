// Says results in the page's one role=status region: the server's `announce` event, failures, and notices of a new page.
const say = (text) => {
  const region = document.querySelector("[data-status]");
  if (!region || !text) return;
  region.textContent = "";
  // An empty moment in between, or the same sentence twice would be silent the second time.
  setTimeout(() => { region.textContent = text; }, 60);
};

const fail = (kind) => {
  const text = document.querySelector("[data-status]")?.dataset[kind];
  say(text);
  showNotice(text);
};

// People who see must learn of a failed request too: the status region is hidden.
const showNotice = (text) => {
  const notices = document.getElementById("notices");
  if (!notices || !text) return;
  notices.querySelector("[data-failure]")?.remove();
  const notice = document.createElement("div");
  notice.className = "notice notice--error";
  notice.dataset.failure = "";
  const words = document.createElement("p");
  words.className = "notice__text";
  words.textContent = text;
  notice.append(words);
  notices.append(notice);
};

document.addEventListener("announce", (event) => say(event.detail.text ?? event.detail.value));
document.addEventListener("htmx:responseError", () => fail("failed"));
document.addEventListener("htmx:sendError", () => fail("offline"));
document.addEventListener("htmx:timeout", () => fail("offline"));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.querySelector("[data-failure]")?.remove();
});

const waiting = document.querySelectorAll("#notices .notice__text");
if (waiting.length) say([...waiting].map((notice) => notice.textContent.trim()).join(" "));
