/* desk.js - the one thing that a page cannot do by itself: a part that says
   data-live is fetched again while a campaign is being sent. Without scripts
   the page reloads itself every ten seconds (<meta> in <noscript>). */
"use strict";
(function () {
  var part = document.querySelector("[data-live]");
  if (!part) return;
  function again() {
    if (document.hidden) return setTimeout(again, 3000);
    fetch(part.dataset.live, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then(function (html) {
      var page = new DOMParser().parseFromString(html, "text/html");
      var fresh = page.querySelector("[data-part]");
      if (!fresh) return;
      part.replaceChildren.apply(part, Array.from(fresh.childNodes));
      if (fresh.dataset.part === "sending") setTimeout(again, 3000);
      else location.reload();
    }).catch(function () { setTimeout(again, 15000); });
  }
  setTimeout(again, 3000);
})();
