// The values under the pointer, or at the epoch that the arrow keys reach.
const { charts } = JSON.parse(document.getElementById("data").textContent);

document.querySelectorAll(".chart").forEach((chart, place) => {
  const { epochs, x, curves } = charts[place];
  const drawing = chart.querySelector("svg");
  const cursor = chart.querySelector(".cursor");
  const last = epochs.length - 1;
  let at = last;

  function read(index) {
    at = index;
    cursor.setAttribute("x1", x[at]);
    cursor.setAttribute("x2", x[at]);
    chart.querySelector(".epoch").textContent = `epoch ${epochs[at]}`;
    chart.querySelectorAll(".key output").forEach((output, curve) => {
      output.textContent = curves[curve][at];
    });
  }

  function leave() {
    read(last);
    cursor.toggleAttribute("hidden", true);
  }

  function show(index) {
    read(Math.min(Math.max(index, 0), last));
    cursor.toggleAttribute("hidden", false);
  }

  function nearest(event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    const place = point.matrixTransform(drawing.getScreenCTM().inverse()).x;
    const distances = x.map((value) => Math.abs(value - place));
    return distances.indexOf(Math.min(...distances));
  }

  drawing.addEventListener("pointermove", (event) => show(nearest(event)));
  drawing.addEventListener("pointerleave", leave);
  chart.addEventListener("blur", leave);
  chart.addEventListener("keydown", (event) => {
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    if (event.key in target) {
      event.preventDefault();
      show(target[event.key]);
    }
  });
});
