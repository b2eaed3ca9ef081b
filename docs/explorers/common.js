// What the explorers share: numbers, SVG, and handles that a pointer or the arrow keys move.
"use strict";
window.xtape = window.xtape || {};

xtape.logNormal = (x, mean, sigma) => {
  const t = (x - mean) / sigma;
  return -0.5 * t * t - Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
};

/** The integral of f over [low, high] by the trapezoidal rule, which is exact to rounding for what vanishes at the ends. */
xtape.integrate = (f, low, high, steps) => {
  const h = (high - low) / steps;
  let sum = 0.5 * (f(low) + f(high));
  for (let i = 1; i < steps; ++i) sum += f(low + i * h);
  return sum * h;
};

/** E f(mu + sigma epsilon) for epsilon of N(0, 1). */
xtape.expect = (f, mu, sigma) =>
  xtape.integrate((e) => Math.exp(xtape.logNormal(e, 0, 1)) * f(mu + sigma * e), -9, 9, 900);

/** Numbers of N(0, 1), the same for the same seed (mulberry32 and Box-Muller). */
xtape.normals = (count, seed) => {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  const result = [];
  while (result.length < count) {
    const r = Math.sqrt(-2 * Math.log(uniform())), a = 2 * Math.PI * uniform();
    result.push(r * Math.cos(a), r * Math.sin(a));
  }
  return result.slice(0, count);
};

xtape.svg = (tag, attributes = {}, parent = null) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (parent) parent.append(element);
  return element;
};

/** A straight map of [low, high] to [from, to], and back. */
xtape.scale = (low, high, from, to) => {
  const at = (v) => from + ((v - low) / (high - low)) * (to - from);
  at.back = (place) => low + ((place - from) / (to - from)) * (high - low);
  return at;
};

/** A curve through f over [low, high]. */
xtape.path = (f, x, y, low, high, steps = 240) => {
  let d = "";
  for (let i = 0; i <= steps; ++i) {
    const v = low + ((high - low) * i) / steps;
    d += (i ? "L" : "M") + x(v).toFixed(2) + " " + y(f(v)).toFixed(2);
  }
  return d;
};

/** A circle that is dragged along x: read() and write(value) in units of the axis; also by the arrow keys. */
xtape.handle = (svg, x, place, { label, read, write, step, colour }) => {
  const circle = xtape.svg("circle", { class: "handle", r: 9, cy: place, fill: colour, tabindex: 0, role: "slider", "aria-label": label }, svg);
  const show = () => {
    circle.setAttribute("cx", x(read()));
    circle.setAttribute("aria-valuenow", read().toFixed(2));
  };
  const to = (event) => {
    const box = svg.getBoundingClientRect();
    write(x.back(((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width));
  };
  circle.addEventListener("pointerdown", (event) => { circle.setPointerCapture(event.pointerId); event.preventDefault(); circle.focus(); });
  circle.addEventListener("pointermove", (event) => { if (circle.hasPointerCapture(event.pointerId)) to(event); });
  circle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    write(read() + by * step * (event.shiftKey ? 5 : 1));
  });
  return show;
};

/** A circle that is dragged over a plane: read() and write([a, b]) in units of both axes; also by the arrow keys. Where
    there is a `ground`, all of it can be pressed and dragged on. */
xtape.grip = (svg, x, y, { label, read, write, step, colour, ground }) => {
  const circle = xtape.svg("circle", { class: "handle", r: 9, fill: colour, tabindex: 0, role: "slider", "aria-label": label }, svg);
  const held = ground || circle;
  const show = () => {
    const [a, b] = read();
    for (const [name, value] of [["cx", x(a)], ["cy", y(b)], ["aria-valuenow", a.toFixed(2)], ["aria-valuetext", `${a.toFixed(2)}, ${b.toFixed(2)}`]]) circle.setAttribute(name, value);
  };
  const to = (event) => {
    const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    write([x.back(((event.clientX - box.left) / box.width) * view.width), y.back(((event.clientY - box.top) / box.height) * view.height)]);
  };
  held.addEventListener("pointerdown", (event) => { held.setPointerCapture(event.pointerId); event.preventDefault(); circle.focus({ preventScroll: true }); if (ground) to(event); });
  held.addEventListener("pointermove", (event) => { if (held.hasPointerCapture(event.pointerId)) to(event); });
  circle.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const far = step * (event.shiftKey ? 5 : 1);
    write(read().map((value, k) => value + far * by[k]));
  });
  return show;
};

/** A labelled slider below the picture. What comes back puts it elsewhere, and changes nothing else. */
xtape.slider = (parent, label, low, high, value, change) => {
  const line = document.createElement("label"), input = document.createElement("input"), shown = document.createElement("output");
  Object.assign(input, { type: "range", min: low, max: high, step: (high - low) / 200, value });
  line.append(label, input, shown);
  parent.append(line);
  const show = (at) => { input.value = at; shown.value = Number(at).toFixed(2); };
  input.addEventListener("input", () => { show(input.value); change(Number(input.value)); });
  show(value);
  return show;
};

xtape.button = (parent, label, press) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", press);
  parent.append(button);
  return button;
};

/** Puts an explorer in the place of every still picture that has its name, with the data that a script of the type
    application/json beside the picture holds. */
xtape.explorer = (name, build) => {
  const start = () => {
    for (const place of document.querySelectorAll(`.explorer[data-explorer="${name}"]`)) {
      const data = place.querySelector("script[type='application/json']");
      place.replaceChildren();
      build(place, data && JSON.parse(data.textContent));
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
};
