// Counts visits without a cookie; tells who came only after slaportal.consent(). Silent under Do Not Track and GPC.
(function (win, doc, nav, me) {
  var at = new URL(me.src).origin, name = "slaportal";
  var off = nav.globalPrivacyControl || nav.doNotTrack === "1", browser = off ? "" : store("getItem");
  function store(act, value) { try { return localStorage[act](name, value) || ""; } catch (e) { return ""; } }
  function random() {
    return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, function (c) {
      return (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16);
    });
  }
  function send(token) {
    if (off) return;
    var body = { page: location.href, title: doc.title.slice(0, 500), before: doc.referrer };
    if (browser) { body.browser = browser; body.view = random(); if (token) body.token = token; }
    nav.sendBeacon(at + "/hooks/visit/" + me.dataset.source + "/", JSON.stringify(body));
  }
  win.slaportal = {
    consent: function (yes) {
      if (off) return;
      if (yes === false) { store("removeItem"); browser = ""; }
      else if (!browser) { browser = random(); store("setItem", browser); }
    },
    identify: function (token) { if (browser) send(token); }
  };
  doc.addEventListener("submit", function (event) {
    var form = event.target, query = new URLSearchParams(location.search);
    if ((form.getAttribute("action") || "").indexOf(at + "/hooks/form/")) return;
    function fill(field, value) { var input = form.elements[field]; if (input && value) input.value = value; }
    query.forEach(function (value, key) { if (!key.indexOf("utm_")) fill(key, value); });
    fill("page", location.href);
    fill("visitor", browser);
  }, true);
  send();
})(window, document, navigator, document.currentScript);
