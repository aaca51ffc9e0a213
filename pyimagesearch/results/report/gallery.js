// The order of the gallery, and its arrow keys.
const { scores, images } = JSON.parse(document.getElementById("data").textContent);
const gallery = document.getElementById("gallery");
const key = document.getElementById("key");
const order = document.getElementById("order");
const names = new Intl.Collator("en", { numeric: true });
let rising = true;

// An image without the score comes last, whatever the order.
function compare(one, other, score) {
  if (!score) return names.compare(one.name, other.name) * (rising ? 1 : -1);
  const [a, b] = [one.scores[score.key] ?? null, other.scores[score.key] ?? null];
  if (a === null || b === null) return (a === null) - (b === null);
  return (a - b) * (rising ? 1 : -1);
}

function caption(image, score) {
  const value = image.scores[score.key] ?? null;
  const text = value === null ? "–" : value.toFixed(score.decimals);
  return `${score.title} ${text} ${score.unit}`.trim();
}

function orderName(score) {
  if (!score) return rising ? "A to Z" : "Z to A";
  const best = rising === (score.better === "lower");
  return `${rising ? "lowest" : "highest"} first (${best ? "best" : "worst"})`;
}

function sort() {
  const score = scores.find((one) => one.key === key.value);
  const items = [...gallery.children].map((item) => {
    return [item, images[item.firstElementChild.dataset.place]];
  });
  items.sort(([, one], [, other]) => compare(one, other, score));
  for (const [item, image] of items) {
    const value = item.querySelector(".value");
    if (score ?? scores[0]) value.textContent = caption(image, score ?? scores[0]);
  }
  gallery.append(...items.map(([item]) => item));
  order.textContent = orderName(score);
  const by = key.selectedOptions[0].textContent;
  document.getElementById("sorted").value = `sorted by ${by}, ${order.textContent}`;
}

// The card whose middle is nearest above or below.
function vertical(cards, from, direction) {
  const [x, y] = middle(from);
  const rows = cards.filter((card) => direction * (middle(card)[1] - y) > 1);
  const distance = (card) =>
    1e4 * Math.abs(middle(card)[1] - y) + Math.abs(middle(card)[0] - x);
  return rows.sort((one, other) => distance(one) - distance(other))[0];
}

function middle(card) {
  const box = card.getBoundingClientRect();
  return [box.x + box.width / 2, box.y];
}

gallery.addEventListener("keydown", (event) => {
  const cards = [...gallery.querySelectorAll("a")];
  const at = cards.indexOf(document.activeElement);
  const target = {
    ArrowLeft: () => cards[at - 1],
    ArrowRight: () => cards[at + 1],
    ArrowUp: () => vertical(cards, cards[at], -1),
    ArrowDown: () => vertical(cards, cards[at], 1),
    Home: () => cards[0],
    End: () => cards.at(-1),
  }[event.key];
  if (at < 0 || !target || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  target()?.focus();
});

key.addEventListener("change", sort);
order.addEventListener("click", () => {
  rising = !rising;
  sort();
});
document.getElementById("sorting").addEventListener("submit", (event) => {
  event.preventDefault();
});
sort(); // by name, or as chosen on the last visit, which a browser may bring back
