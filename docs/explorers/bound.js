// The bound: a model of one number, x = f(z) + noise, whose posterior has two humps, and a normal q that the reader drags
// over it. Whatever q is, ln p(x) = ELBO + KL(q || p(z|x)). Below, a model of two numbers with a bent posterior.
"use strict";
(() => {
  const { logNormal, integrate, expect } = xtape;
  const NOISE = 0.5;
  const decode = (z) => 0.5 * z * z + 0.4 * z;
  const logJoint = (x, z) => logNormal(x, decode(z), NOISE) + logNormal(z, 0, 1);
  const logEvidence = (x) => Math.log(integrate((z) => Math.exp(logJoint(x, z)), -10, 10, 4000));

  /** All sides of the identity at one q, in nats. */
  const sides = ({ x, mu, sigma }) => {
    const evidence = logEvidence(x);
    const entropy = 0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(sigma);
    const reconstruction = expect((z) => logNormal(x, decode(z), NOISE), mu, sigma);
    const prior = 0.5 * (mu * mu + sigma * sigma - 2 * Math.log(sigma) - 1);
    const elbo = expect((z) => logJoint(x, z), mu, sigma) + entropy;
    const forward = integrate((z) => {
      const log = logJoint(x, z) - evidence;
      return Math.exp(log) * (log - logNormal(z, mu, sigma));
    }, -10, 10, 4000);
    const kl = expect((z) => logNormal(z, mu, sigma) - (logJoint(x, z) - evidence), mu, sigma);  // by itself, not as what is left
    return { evidence, reconstruction, prior, elbo, kl, forward };
  };

  // The gradient in mu and ln sigma, by differences: the curves are smooth.
  const slope = (state, of) => {
    const h = 1e-4, value = (mu, s) => of(sides({ ...state, mu, sigma: Math.exp(s) }));
    const s = Math.log(state.sigma);
    return [(value(state.mu + h, s) - value(state.mu - h, s)) / (2 * h), (value(state.mu, s + h) - value(state.mu, s - h)) / (2 * h)];
  };

  const oneDimensional = (place) => {
    const state = { x: 1, mu: 0, sigma: 0.8, reverse: true };
    const svg = xtape.svg("svg", { viewBox: "0 0 760 460", role: "group", "aria-label": "a normal q over a posterior with two humps" });
    place.append(svg);
    const controls = document.createElement("div");
    controls.className = "controls";
    place.append(controls);
    const x = xtape.scale(-4, 4, 40, 740), y = xtape.scale(0, 1.25, 250, 20);
    xtape.svg("line", { class: "axis", x1: 40, x2: 740, y1: 250, y2: 250 }, svg);
    for (let z = -4; z <= 4; ++z) xtape.svg("text", { x: x(z), y: 292, "text-anchor": "middle" }, svg).textContent = z;
    const curve = (colour, dash) => xtape.svg("path", { class: "curve", stroke: `var(--${colour})`, "stroke-dasharray": dash || "none" }, svg);
    const prior = curve("prior", "4 4"), posterior = curve("p"), q = curve("q");
    [["prior p(z)", "prior", "4 4"], ["posterior p(z|x)", "p", "none"], ["q(z)", "q", "none"]].forEach(([words, colour, dash], i) => {
      xtape.svg("line", { class: "curve", stroke: `var(--${colour})`, "stroke-dasharray": dash, x1: 590, x2: 615, y1: 24 + 23 * i, y2: 24 + 23 * i }, svg);
      xtape.svg("text", { x: 622, y: 29 + 23 * i }, svg).textContent = words;
    });
    const bars = ["ln p(x)", "ELBO", "KL(q‖p(z|x))", "reconstruction", "KL(q‖p(z))", "KL(p(z|x)‖q)"].map((name, i) => {
      const top = 308 + 24 * i;
      xtape.svg("text", { x: 146, y: top + 13, "text-anchor": "end" }, svg).textContent = name;
      return { bar: xtape.svg("rect", { y: top, height: 15, fill: `var(--${["p", "q", "kl", "q", "q", "kl"][i]})` }, svg), text: xtape.svg("text", { y: top + 13 }, svg) };
    });
    const length = xtape.scale(0, 12, 0, 520);
    const moves = [];
    const draw = () => {
      const all = sides(state);
      prior.setAttribute("d", xtape.path((z) => Math.exp(logNormal(z, 0, 1)), x, y, -4, 4));
      posterior.setAttribute("d", xtape.path((z) => Math.exp(logJoint(state.x, z) - all.evidence), x, y, -4, 4));
      q.setAttribute("d", xtape.path((z) => Math.min(1.25, Math.exp(logNormal(z, state.mu, state.sigma))), x, y, -4, 4));
      [all.evidence, all.elbo, all.kl, all.reconstruction, all.prior, all.forward].forEach((value, i) => {
        const wide = Math.max(1, Math.min(520, length(Math.abs(value))));
        bars[i].bar.setAttribute("x", 156);
        bars[i].bar.setAttribute("width", wide);
        bars[i].text.setAttribute("x", 162 + wide);
        bars[i].text.textContent = value.toFixed(4);
      });
      moves.forEach((show) => show());
      place.dataset.elbo = all.elbo;
    };
    const set = (change) => {
      Object.assign(state, change);
      state.mu = Math.max(-3.5, Math.min(3.5, state.mu));
      state.sigma = Math.max(0.05, Math.min(2.5, state.sigma));
      draw();
    };
    moves.push(xtape.handle(svg, x, 262, { label: "the mean of q", colour: "var(--q)", step: 0.05, read: () => state.mu, write: (mu) => set({ mu }) }));
    moves.push(xtape.handle(svg, x, 238, { label: "the mean of q plus its standard deviation", colour: "var(--kl)", step: 0.02, read: () => state.mu + state.sigma, write: (at) => set({ sigma: at - state.mu }) }));
    xtape.slider(controls, "x", -1, 4, state.x, (value) => set({ x: value }));
    const climb = xtape.button(controls, "climb the bound", () => {
      let left = 60;
      const step = () => {
        const [dMu, dS] = state.reverse ? slope(state, (s) => s.elbo) : slope(state, (s) => -s.forward);
        set({ mu: state.mu + 0.08 * dMu, sigma: state.sigma * Math.exp(0.08 * dS) });
        if (--left > 0) requestAnimationFrame(step);
      };
      step();
    });
    const turn = xtape.button(controls, "the other way round", () => {
      state.reverse = !state.reverse;
      turn.textContent = state.reverse ? "the other way round" : "back to the bound";
      climb.textContent = state.reverse ? "climb the bound" : "descend KL(p‖q)";
      turn.setAttribute("aria-pressed", String(!state.reverse));
    });
    draw();
  };

  // x = z2 + z1² / 2 - 1 + noise: the posterior is bent, and q, whose axes lie along those of z, cannot be.
  const BENT = 0.35;
  const bentJoint = (x, a, b) => logNormal(x, b + 0.5 * a * a - 1, BENT) + logNormal(a, 0, 1) + logNormal(b, 0, 1);
  const bentSides = ({ x, mu, sigma }) => {
    const inner = (a) => integrate((b) => Math.exp(bentJoint(x, a, b)), -7, 7, 280);
    const evidence = Math.log(integrate(inner, -7, 7, 280));
    const constant = Math.log(2 * Math.PI * Math.E) + Math.log(sigma[0] * sigma[1]) - Math.log(BENT) - Math.log(2 * Math.PI);
    const elbo = constant + expect((a) => { // over b in closed form: the exponent is a square in it
      const miss = x - (mu[1] + 0.5 * a * a - 1);
      return logNormal(a, 0, 1) - 0.5 * (miss * miss + sigma[1] * sigma[1]) / (BENT * BENT);
    }, mu[0], sigma[0]) - 0.5 * (mu[1] * mu[1] + sigma[1] * sigma[1]);
    return { evidence, elbo, kl: evidence - elbo };
  };

  const twoDimensional = (place) => {
    const state = { x: 0.5, mu: [0, 1], sigma: [0.7, 0.4] };
    const svg = xtape.svg("svg", { viewBox: "0 0 760 420", role: "group", "aria-label": "a normal q over a bent posterior" });
    place.append(svg);
    const controls = document.createElement("div");
    controls.className = "controls";
    place.append(controls);
    const x = xtape.scale(-3, 3, 20, 400), y = xtape.scale(-2.2, 3.8, 400, 20);
    const dots = xtape.svg("g", {}, svg), ellipse = xtape.svg("ellipse", { class: "curve", stroke: "var(--q)" }, svg);
    const words = [0, 1, 2].map((i) => xtape.svg("text", { x: 430, y: 60 + 24 * i }, svg));
    const cells = [];
    for (let i = 0; i < 48; ++i) for (let j = 0; j < 48; ++j) {
      const a = -3 + (i + 0.5) / 8, b = -2.2 + (j + 0.5) / 8;
      cells.push([a, b, xtape.svg("rect", { x: x(a) - 4, y: y(b) - 4, width: 8, height: 8, fill: "var(--p)" }, dots)]);
    }
    const draw = () => {
      const all = bentSides(state);
      for (const [a, b, cell] of cells) cell.setAttribute("fill-opacity", Math.min(1, 2.2 * Math.exp(bentJoint(state.x, a, b) - all.evidence)).toFixed(3));
      ellipse.setAttribute("cx", x(state.mu[0])); ellipse.setAttribute("cy", y(state.mu[1]));
      ellipse.setAttribute("rx", 2 * state.sigma[0] * (x(1) - x(0))); ellipse.setAttribute("ry", 2 * state.sigma[1] * (y(0) - y(1)));
      words[0].textContent = `ln p(x) = ${all.evidence.toFixed(4)}`;
      words[1].textContent = `ELBO = ${all.elbo.toFixed(4)}`;
      words[2].textContent = `KL(q‖p(z|x)) = ${all.kl.toFixed(4)}`;
      place.dataset.elbo2 = all.elbo;
    };
    const grip = xtape.grip(svg, x, y, { label: "the mean of q", colour: "var(--q)", step: 0.05, read: () => state.mu, write: (mu) => { state.mu = mu; show(); } });
    const show = () => { grip(); draw(); };
    ["σ₁", "σ₂"].forEach((name, k) => xtape.slider(controls, name, 0.05, 2, state.sigma[k], (value) => { state.sigma[k] = value; draw(); }));
    xtape.slider(controls, "x", -1, 2.5, state.x, (value) => { state.x = value; draw(); });
    xtape.button(controls, "climb the bound", () => {
      const value = (m1, m2, s1, s2) => bentSides({ x: state.x, mu: [m1, m2], sigma: [Math.exp(s1), Math.exp(s2)] }).elbo, h = 1e-4;
      let left = 60;
      const step = () => {
        const at = [...state.mu, Math.log(state.sigma[0]), Math.log(state.sigma[1])];
        const next = at.map((v, k) => { const up = [...at], down = [...at]; up[k] += h; down[k] -= h; return v + 0.05 * (value(...up) - value(...down)) / (2 * h); });
        state.mu = next.slice(0, 2); state.sigma = next.slice(2).map(Math.exp);
        show();
        if (--left > 0) requestAnimationFrame(step);
      };
      step();
    });
    show();
  };

  xtape.bound = { sides, bentSides };
  xtape.explorer("bound", (place) => { oneDimensional(place); twoDimensional(place); });
})();
