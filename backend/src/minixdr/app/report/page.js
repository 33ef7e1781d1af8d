"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  byId("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; });

  const zone = byId("zone");
  const pad = (n) => String(n).padStart(2, "0");
  let local = false;
  const offset = (d) => { const m = -d.getTimezoneOffset(); return (m < 0 ? "-" : "+") + pad(Math.floor(Math.abs(m) / 60)) + ":" + pad(Math.abs(m) % 60); };
  const show = () => {
    for (const t of document.querySelectorAll("time")) {
      const d = new Date(t.dateTime);
      if (isNaN(d)) continue;
      const utc = d.toISOString().slice(0, 19).replace("T", " ");
      const here = d.getFullYear() + "-" + pad(d.getMonth() + 1) + "-" + pad(d.getDate()) + " " + pad(d.getHours()) + ":" + pad(d.getMinutes()) + ":" + pad(d.getSeconds()) + " " + offset(d);
      t.textContent = local ? here : utc;
      t.title = local ? utc + " UTC" : here;
    }
    zone.textContent = local ? "Local time" : "UTC";
  };
  zone.addEventListener("click", () => { local = !local; show(); });
  show();

  const text = byId("filter"), least = byId("least"), none = byId("none");
  const ranks = { informational: 0, low: 1, medium: 2, high: 3, critical: 4 };
  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const incident of document.querySelectorAll("details.incident")) {
      const fits = ranks[incident.dataset.level] >= ranks[least.value] && (!wanted || incident.textContent.toLowerCase().includes(wanted));
      incident.hidden = !fits;
      shown += fits;
      for (const finding of incident.querySelectorAll("details.finding"))
        finding.hidden = Boolean(wanted) && incident.querySelector("summary").textContent.toLowerCase().includes(wanted) === false && !finding.textContent.toLowerCase().includes(wanted);
    }
    if (none) none.hidden = shown > 0;
  };
  let waiting = 0;
  text.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  least.addEventListener("change", filter);
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("button.pick");
    if (!pick) return;
    text.value = pick.dataset.pick;
    filter();
    byId("incidents").scrollIntoView();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== text) { event.preventDefault(); text.focus(); }
    if (event.key === "Escape" && document.activeElement === text) { text.value = ""; filter(); text.blur(); }
  });

  const open = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details.incident")) d.open = true; });
  open();
})();
