// Chart readings, the order of the gallery, and the viewer.
const element = (id) => document.getElementById(id);
const { charts, scores, images } = JSON.parse(element("data").textContent);
const gallery = element("gallery");
const cards = () => [...gallery.querySelectorAll("a")];
const imageOf = (card) => images[card.dataset.index];
const hasModifier = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;

function formatScore(image, score) {
  const value = image.scores[score.key] ?? null;
  return value === null ? "–" : `${value.toFixed(score.decimals)} ${score.unit}`.trim();
}

// Charts: values at the pointer, or at the epoch that the arrow keys select.

document.querySelectorAll(".chart").forEach((chart, index) => {
  const { epochs, x, curves } = charts[index];
  const drawing = chart.querySelector("svg");
  const cursor = chart.querySelector(".cursor");
  const last = epochs.length - 1;
  let current = last;

  function show(epoch, isMarked) {
    current = Math.min(Math.max(epoch, 0), last);
    cursor.setAttribute("x1", x[current]);
    cursor.setAttribute("x2", x[current]);
    cursor.toggleAttribute("hidden", !isMarked);
    chart.querySelector(".epoch").textContent = `epoch ${epochs[current]}`;
    chart.querySelectorAll("output").forEach((output, curve) => {
      output.textContent = curves[curve][current];
    });
  }

  function findNearest(event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    const pointer = point.matrixTransform(drawing.getScreenCTM().inverse()).x;
    const distances = x.map((value) => Math.abs(value - pointer));
    return distances.indexOf(Math.min(...distances));
  }

  drawing.addEventListener("pointermove", (event) => show(findNearest(event), true));
  drawing.addEventListener("pointerleave", () => show(last, false));
  chart.addEventListener("blur", () => show(last, false));
  chart.addEventListener("keydown", (event) => {
    const target = {
      ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: last,
    }[event.key];
    if (target === undefined || hasModifier(event)) return;
    event.preventDefault();
    show(target, true);
  });
});

// Gallery: sorting and arrow keys.

const sortKey = element("key");
const order = element("order");
const names = new Intl.Collator("en", { numeric: true });
let isAscending = true;

// Images without the score come last in either order.
function compareImages(one, other, score) {
  const sign = isAscending ? 1 : -1;
  if (!score) return names.compare(one.name, other.name) * sign;
  const [a, b] = [one, other].map((image) => image.scores[score.key] ?? null);
  if (a === null || b === null) return (a === null) - (b === null);
  return (a - b) * sign;
}

function nameOrder(score) {
  if (!score) return isAscending ? "A to Z" : "Z to A";
  const first = `${isAscending ? "lowest" : "highest"} first`;
  if (score.better === "closer to 1") return first;
  const isBestFirst = isAscending === (score.better === "lower");
  return `${first} (${isBestFirst ? "best" : "worst"})`;
}

function sortGallery() {
  const score = scores.find(({ key }) => key === sortKey.value);
  const shown = score ?? scores[0];
  const sorted = cards().sort((a, b) => compareImages(imageOf(a), imageOf(b), score));
  gallery.append(...sorted.map((card) => card.parentElement));
  for (const card of shown ? sorted : []) {
    const value = formatScore(imageOf(card), shown);
    card.querySelector(".value").textContent = `${shown.title} ${value}`;
  }
  order.textContent = nameOrder(score);
  const by = sortKey.selectedOptions[0].textContent;
  element("sorted").value = `sorted by ${by}, ${order.textContent}`;
}

// The card of the nearest row above (-1) or below (1) that is closest to a card.
function findVertical(card, direction) {
  const { x, y } = card.getBoundingClientRect();
  const distances = cards().map((other) => {
    const box = other.getBoundingClientRect();
    const rows = direction * (box.y - y);
    return [rows > 1 ? 1e4 * rows + Math.abs(box.x - x) : Infinity, other];
  });
  const [distance, nearest] = distances.sort(([a], [b]) => a - b || 0)[0];
  return distance < Infinity ? nearest : null;
}

gallery.addEventListener("keydown", (event) => {
  const all = cards();
  const at = all.indexOf(document.activeElement);
  const find = {
    ArrowLeft: () => all[at - 1],
    ArrowRight: () => all[at + 1],
    ArrowUp: () => findVertical(all[at], -1),
    ArrowDown: () => findVertical(all[at], 1),
    Home: () => all[0],
    End: () => all.at(-1),
  }[event.key];
  if (at < 0 || !find || hasModifier(event)) return;
  event.preventDefault();
  find()?.focus();
});
sortKey.addEventListener("change", sortGallery);
order.addEventListener("click", () => {
  isAscending = !isAscending;
  sortGallery();
});
element("sorting").addEventListener("submit", (event) => event.preventDefault());
sortGallery(); // a browser may restore the sort key of the last visit

// Viewer: two images of a pair, one over the other, with a slider between them.

const viewer = element("viewer");
const stage = element("stage");
const slider = element("slider");
let openCard;

const comparedKinds = () =>
  viewer.querySelector("[name=pair]:checked").value.split(" ");

function showCard(card) {
  openCard = card;
  const all = cards();
  const at = all.indexOf(card);
  element("viewed").textContent = imageOf(card).name;
  element("position").value = `${at + 1} of ${all.length}`;
  element("previous").disabled = at === 0;
  element("next").disabled = at === all.length - 1;
  element("viewed-scores").replaceChildren(...scores.map(createScore));
  showImages();
}

function createScore(score) {
  const [line, title, value] = ["div", "dt", "dd"].map((tag) =>
    document.createElement(tag)
  );
  title.textContent = score.title;
  value.textContent = formatScore(imageOf(openCard), score);
  line.append(title, " ", value);
  return line;
}

function showImages() {
  comparedKinds().forEach((kind, index) => {
    const side = ["left", "right"][index];
    element(side).src = imageOf(openCard).files[kind][0];
    element(side).alt = kind;
    element(`${side}-name`).textContent = kind;
  });
  moveSplit();
}

function moveSplit() {
  const [left, right] = comparedKinds();
  const share = slider.valueAsNumber;
  stage.style.setProperty("--split", `${share}%`);
  const text = `${share} % ${left}, ${100 - share} % ${right}`;
  slider.setAttribute("aria-valuetext", text);
}

function step(direction) {
  const all = cards();
  const next = all[all.indexOf(openCard) + direction];
  if (next) showCard(next);
}

// Show sharp pixels if the image is enlarged at least twice.
function sharpen() {
  const isEnlarged = stage.clientWidth >= 2 * element("left").naturalWidth;
  stage.classList.toggle("enlarged", isEnlarged);
}

gallery.addEventListener("click", (event) => {
  const card = event.target.closest("a");
  if (!card || hasModifier(event)) return;
  event.preventDefault();
  slider.value = 50;
  showCard(card);
  viewer.showModal();
  viewer.focus(); // a focused slider would take the arrow keys
});
viewer.addEventListener("keydown", (event) => {
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!direction || event.target.matches("input") || hasModifier(event)) return;
  event.preventDefault();
  step(direction);
});
viewer.addEventListener("close", () => openCard.focus());
element("close").addEventListener("click", () => viewer.close());
element("previous").addEventListener("click", () => step(-1));
element("next").addEventListener("click", () => step(1));
element("compared").addEventListener("change", showImages);
slider.addEventListener("input", moveSplit);
element("left").addEventListener("load", sharpen);
new ResizeObserver(sharpen).observe(stage);
