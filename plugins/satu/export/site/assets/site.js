"use strict";
// Search, sorting, days, and open tables in print. Without this script everything can still be read.
const home = document.body.dataset.home;

const search = document.querySelector(".search");
if (search && window.satuPages) {
  search.hidden = false;
  const field = search.querySelector("input");
  const results = search.querySelector("ul");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const told = search.querySelector("#told");
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const rank = (name) => {
      const text = plain(name);
      const hits = words.filter((word) => text.includes(word)).length;
      return hits === 0 ? 0 : 10 * hits + (text.startsWith(words.join(" ")) ? 5 : 0) + (text.startsWith(words[0]) ? 2 : 0);
    };
    const found = window.satuPages.map((page) => [rank(page[0]), page]).filter(([score]) => score > 0);
    found.sort(([a], [b]) => b - a);
    const best = found.filter(([score]) => score >= found[0][0] - 10).map(([, page]) => page);
    told.textContent = words.length === 0 ? "" : best.length === 0 ? told.dataset.none : `${best.length} ${told.dataset.some}`;
    results.replaceChildren(...best.slice(0, 12).map(([name, path]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = home + path;
      link.textContent = name;
      item.append(link);
      return item;
    }));
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = results.querySelector("a");
    if (first) first.click();
  });
}

const show = () => {
  const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = row && row.closest("details");
  if (details) {
    details.open = true;
    row.scrollIntoView({ block: "center" });
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }
};
addEventListener("hashchange", show);
show();

const day = document.querySelector(".day");
if (day) {
  day.hidden = false;
  const days = [...document.querySelectorAll("tr[id^=d2]")].map((row) => row.id.slice(1));
  const field = day.querySelector("input");
  field.min = days[0];
  field.max = days[days.length - 1];
  field.addEventListener("change", () => { if (field.value) location.hash = "d" + field.value; });
}

const number = (cell) => {
  const day = cell.parentElement.id.match(/^d(\d{4})-(\d\d)-(\d\d)$/);
  if (day && cell.cellIndex === 0) return Number(day.slice(1).join(""));
  const text = cell.dataset.sort ?? (document.documentElement.lang === "id"
    ? cell.textContent.trim().replaceAll(".", "").replace(",", ".")
    : cell.textContent.trim().replaceAll(",", ""));
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : null;
};
const isTotal = (row) => row.cells[0].textContent.trim().toLowerCase() === "total";
for (const table of document.querySelectorAll("table:not(.words)")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isUp = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows].map((row) => [row, row.cells[column]]);
      rows.sort(([first, a], [second, b]) => {
        if (isTotal(first) !== isTotal(second)) return isTotal(first) ? 1 : -1;
        const [x, y] = [number(a), number(b)];
        const order = x !== null && y !== null ? x - y : x === null && y === null ? a.textContent.localeCompare(b.textContent) : x === null ? 1 : -1;
        return x === null || y === null ? order : isUp ? order : -order;
      });
      table.tBodies[0].append(...rows.map(([row]) => row));
    });
  });
}

addEventListener("beforeprint", () => { for (const details of document.querySelectorAll("details")) details.open = true; });
