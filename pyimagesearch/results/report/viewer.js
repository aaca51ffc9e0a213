// The pictures of one image, large, one slid over another.
const { scores, images } = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const viewer = element("viewer");
const gallery = element("gallery");
const stage = element("stage");
const slider = element("slider");
let card; // the gallery's, of what is shown

function show(next) {
  card = next;
  const image = images[card.dataset.place];
  const cards = [...gallery.querySelectorAll("a")];
  const at = cards.indexOf(card);
  element("viewed").textContent = image.name;
  element("position").value = `${at + 1} of ${cards.length}`;
  element("previous").disabled = at === 0;
  element("next").disabled = at === cards.length - 1;
  element("viewed-scores").replaceChildren(...scores.map((s) => scoreOf(image, s)));
  compare();
}

function scoreOf(image, score) {
  const line = document.createElement("div");
  const title = document.createElement("dt");
  const value = document.createElement("dd");
  const figure = image.scores[score.key] ?? null;
  title.textContent = score.title;
  value.textContent =
    figure === null ? "–" : `${figure.toFixed(score.decimals)} ${score.unit}`.trim();
  line.append(title, " ", value);
  return line;
}

function compared() {
  return viewer.querySelector("[name=pair]:checked").value.split(" ");
}

function compare() {
  const { pictures } = images[card.dataset.place];
  for (const [side, kind] of [["left", 0], ["right", 1]]) {
    const name = compared()[kind];
    element(side).src = pictures[name][0];
    element(side).alt = name;
    element(`${side}-name`).textContent = name;
  }
  slide();
}

function slide() {
  const [left, right] = compared();
  const share = slider.valueAsNumber;
  stage.style.setProperty("--split", `${share}%`);
  slider.setAttribute(
    "aria-valuetext", `${share} % ${left}, ${100 - share} % ${right}`
  );
}

function turn(step) {
  const item = card.parentElement;
  const next = step < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (next) show(next.firstElementChild);
}

// Pixels that are shown twice as large, or more, are shown as they are.
function sharpen() {
  const enlarged = stage.clientWidth >= 2 * element("left").naturalWidth;
  stage.classList.toggle("enlarged", enlarged);
}

gallery.addEventListener("click", (event) => {
  const clicked = event.target.closest("a");
  if (!clicked || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  slider.value = 50;
  show(clicked);
  viewer.showModal();
  viewer.focus(); // not the slider, which keeps the arrow keys to itself
});
viewer.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || event.target.matches("input")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  turn(step);
});
viewer.addEventListener("close", () => card.focus());
element("close").addEventListener("click", () => viewer.close());
element("previous").addEventListener("click", () => turn(-1));
element("next").addEventListener("click", () => turn(1));
element("compared").addEventListener("change", compare);
slider.addEventListener("input", slide);
element("left").addEventListener("load", sharpen);
new ResizeObserver(sharpen).observe(stage);
