// The canvas of the demo. It keeps class indices, one byte per pixel: what is painted
// has exactly the colors of the classes, whatever the browser does with its pixels.
const {height, width, brushes, blank} = props;
const HISTORY = 50; // steps
const TOOLS = {
  brush: "Brush: paint the chosen class",
  eraser: "Eraser: back to what the map was at the start",
  fill: "Fill: the area of one class that you click",
};

const find = selector => element.querySelector(selector);
const canvas = find("canvas");
const cursor = find(".cursor");
const slider = find("input[type=range]");
const context = canvas.getContext("2d");
const image = context.createImageData(width, height);
let start = new Uint8Array(width * height).fill(blank);
let labels = start.slice();
let past = [];
let future = [];
let tool = "brush";
let brush = 0;
let last = null; // the pixel that the stroke has reached, while there is one

canvas.width = width;
canvas.height = height;
slider.max = Math.max(8, Math.round(Math.max(width, height) / 4));
slider.value = Math.max(2, Math.round(Math.max(width, height) / 16));

function encode(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  }
  return btoa(text);
}

function decode(text) {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0));
}

function draw(left = 0, top = 0, right = width, bottom = height) {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x;
      const [red, green, blue] = brushes[labels[at]].color;
      image.data.set([red, green, blue, 255], 4 * at);
    }
  }
  context.putImageData(image, 0, 0, left, top, right - left, bottom - top);
}

function load(text) {
  if (!text) return;
  start = decode(text);
  labels = start.slice();
  past = [];
  future = [];
  draw();
  showSteps();
}

function send() {
  showSteps();
  props.value = encode(labels);
  trigger("input");
}

function showSteps() {
  find("[name=undo]").disabled = !past.length;
  find("[name=redo]").disabled = !future.length;
}

function remember() {
  past.push(labels.slice());
  if (past.length > HISTORY) past.shift();
  future = [];
}

function step(from, to) {
  if (!from.length || last) return;
  to.push(labels);
  labels = from.pop();
  draw();
  send();
}

function locate(event) {
  const box = canvas.getBoundingClientRect();
  return [
    Math.floor(((event.clientX - box.left) / box.width) * width),
    Math.floor(((event.clientY - box.top) / box.height) * height),
  ];
}

function stamp(x, y) {
  const size = Number(slider.value);
  const left = x - Math.floor((size - 1) / 2);
  const top = y - Math.floor((size - 1) / 2);
  const middle = (size - 1) / 2;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [px, py] = [left + column, top + row];
      const distance = (row - middle) ** 2 + (column - middle) ** 2;
      if (distance > (size / 2) ** 2) continue;
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const at = py * width + px;
      labels[at] = tool === "eraser" ? start[at] : brush;
    }
  }
  draw(
    Math.max(0, left), Math.max(0, top),
    Math.min(width, left + size), Math.min(height, top + size),
  );
}

function stroke(to) {
  const [x, y] = last;
  const steps = Math.max(Math.abs(to[0] - x), Math.abs(to[1] - y), 1);
  for (let i = 1; i <= steps; i++) {
    stamp(
      Math.round(x + ((to[0] - x) * i) / steps),
      Math.round(y + ((to[1] - y) * i) / steps),
    );
  }
  last = to;
}

function fill([x, y]) {
  const old = labels[y * width + x];
  if (old === brush) return;
  const waiting = [y * width + x];
  while (waiting.length) {
    const at = waiting.pop();
    if (labels[at] !== old) continue;
    labels[at] = brush;
    const column = at % width;
    if (column > 0) waiting.push(at - 1);
    if (column < width - 1) waiting.push(at + 1);
    if (at >= width) waiting.push(at - width);
    if (at < labels.length - width) waiting.push(at + width);
  }
  draw();
}

function moveCursor(event) {
  const box = canvas.getBoundingClientRect();
  const size = tool === "fill" ? 0 : (slider.value * box.width) / width;
  cursor.hidden = event.pointerType === "touch" || !size;
  cursor.style.width = cursor.style.height = `${size}px`;
  cursor.style.left = `${event.clientX - box.left - size / 2}px`;
  cursor.style.top = `${event.clientY - box.top - size / 2}px`;
}

canvas.addEventListener("pointerdown", event => {
  if (event.button !== 0 || last) return;
  event.preventDefault();
  canvas.focus({preventScroll: true});
  canvas.setPointerCapture(event.pointerId);
  remember();
  last = locate(event);
  if (tool === "fill") fill(last);
  else stamp(...last);
});

canvas.addEventListener("pointermove", event => {
  moveCursor(event);
  if (!last || tool === "fill") return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const each of events.length ? events : [event]) stroke(locate(each));
});

function end() {
  if (!last) return;
  last = null;
  const before = past.at(-1);
  if (labels.some((label, at) => label !== before[at])) send();
  else past.pop();
}

canvas.addEventListener("pointerup", end);
canvas.addEventListener("pointercancel", end);
canvas.addEventListener("pointerleave", () => (cursor.hidden = true));

find("[name=undo]").addEventListener("click", () => step(past, future));
find("[name=redo]").addEventListener("click", () => step(future, past));
find("[name=blank]").addEventListener("click", () => {
  remember();
  start = new Uint8Array(width * height).fill(blank);
  labels = start.slice();
  draw();
  send();
});

element.addEventListener("keydown", event => {
  if (!(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  const isRedo = key === "y" || (key === "z" && event.shiftKey);
  if (!isRedo && key !== "z") return;
  event.preventDefault();
  if (isRedo) step(future, past);
  else step(past, future);
});

function showSize() {
  find(".size output").textContent = `${slider.value} px`;
}

slider.addEventListener("input", showSize);

// Radio buttons of the page's own look. Arrow keys move among them.
function addRadio(group, name, checked, choose) {
  const label = document.createElement("label");
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = `${group.className}-${canvas.width}`;
  radio.checked = checked;
  radio.addEventListener("change", choose);
  label.append(radio, document.createElement("span"));
  label.lastChild.textContent = name;
  group.append(label);
  return label;
}

for (const [name, title] of Object.entries(TOOLS)) {
  const text = name[0].toUpperCase() + name.slice(1);
  const choose = () => (tool = name);
  addRadio(find(".tools"), text, name === tool, choose).title = title;
}

brushes.forEach(({name, color}, index) => {
  const label = addRadio(find(".classes"), name, index === brush, () => {
    brush = index;
    if (tool === "eraser") find(".tools input").click();
  });
  const swatch = document.createElement("i");
  swatch.style.background = `rgb(${color.join()})`;
  label.lastChild.prepend(swatch);
});

showSize();
draw();
showSteps();
load(props.value);
watch("value", () => {
  load(props.value); // an example
  trigger("input");
});
