"use strict";
/* Draws what explore.c computes. Nothing here knows any theory. */

const WASM = "@WASM@"; /* Emscripten @EMCC@ */
const $ = id => document.getElementById(id);

/* ---- the library --------------------------------------------------------------------------- */

let library;

async function load() {
  const bytes = Uint8Array.from(atob(WASM), c => c.charCodeAt(0));
  const env = { emscripten_notify_memory_growth() {} };
  const { instance } = await WebAssembly.instantiate(bytes, { env });
  library = instance.exports;
  library._initialize();
}

function string_at(place) {
  const bytes = new Uint8Array(library.memory.buffer);
  let text = "";
  while (bytes[place]) text += String.fromCharCode(bytes[place++]);
  return text;
}

/* Results by name, and leaves with the fields of explore.c's struct leaf. */
function results(status) {
  if (status) throw new Error("the library refused this setting: status " + status);
  const values = {}, leaves = [];
  for (let i = 0; i < library.explore_n_values(); i++)
    values[string_at(library.explore_name(i))] = library.explore_value(i);
  for (let i = 0; i < library.explore_n_leaves(); i++) {
    const [bits, length, mass, p, a, t, count_p, count_a, count_t, word, word_length] =
      new Float64Array(library.memory.buffer, library.explore_leaf(i), 11);
    leaves.push({ path: binary(bits, length), mass, shares: [p, a, t], counts: [count_p, count_a, count_t],
                  word: word_length < 0 ? null : binary(word, word_length) });
  }
  return { values, leaves };
}

function binary(number, length) {
  return length ? number.toString(2).padStart(length, "0") : "";
}

/* Six digits as printf rounds them: where two are as near, the even one, and not the larger as in JavaScript. */
function six_digits(x) {
  const exact = x.toExponential(60), behind = exact.indexOf(".") + 6;
  return "02468".includes(exact[behind - 1]) && /^50*e/.test(exact.slice(behind)) ?
    exact.slice(0, behind) + exact.slice(exact.indexOf("e")) : x.toExponential(5);
}

/* A number as the commands print it: printf's %.6g. */
function digits(x) {
  if (Number.isNaN(x)) return "NA";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const rounded = six_digits(x), [mantissa, exponent] = rounded.split("e").map(Number);
  if (x === 0 || (exponent >= -4 && exponent < 6)) return String(Number(rounded));
  return mantissa + "e" + (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

function show(values) {
  for (const name in values)
    if ($(name) && $(name).matches("dd, td")) $(name).textContent = digits(values[name]);
}

/* ---- settings ------------------------------------------------------------------------------ */

/* Each slider runs over the places of a list of values. */
const steps = (low, high, step) =>
  Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => Number((low + i * step).toFixed(4)));
const scales = {
  k: [-1, 0, 1, 2].flatMap(e => [1, 1.5, 2, 3, 4, 5, 7].map(m => Number((m * 10 ** e).toPrecision(2)))).concat(1000),
  l: steps(0, 1, 0.01).concat(steps(1.05, 3, 0.05)),
  overlap: steps(0, 1, 0.05),
  depth: steps(1, 8, 1),
  pi_1: steps(0, 10, 1), pi_a: steps(0, 10, 1), pi_t: steps(0, 10, 1),
};
const start = { k: 5, l: 0.1, overlap: 0, depth: 8, pi_1: 1, pi_a: 1, pi_t: 1 };

const setting = name => scales[name][Number($(name).value)];

function set(name, value) {
  const place = scales[name].findIndex(x => x === value);
  if (place >= 0) $(name).value = place;
}

function prepare_sliders() {
  for (const name in scales) {
    Object.assign($(name), { min: 0, max: scales[name].length - 1, step: 1 });
    $(name).addEventListener("input", () => { keep_some_data(name); update_three(); });
  }
  $("text").addEventListener("input", update_text);
  $("text_depth").addEventListener("input", update_text);
  addEventListener("change", write_address);
  addEventListener("hashchange", () => { read_address(); update_text(); update_three(); });
}

/* The address holds the settings, so that a bookmark finds them again. */
function read_address() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name in scales) {
    set(name, start[name]);
    if (given.has(name)) set(name, Number(given.get(name)));
  }
  $("text").value = given.get("text") ?? $("text").defaultValue;
  $("text_depth").value = given.get("d") ?? $("text_depth").defaultValue;
  keep_some_data("pi_1");
}

function write_address() {
  const settings = new URLSearchParams({ text: $("text").value, d: $("text_depth").value });
  for (const name in scales) settings.set(name, setting(name));
  history.replaceState(null, "", "#" + settings);
}

/* Pre-training data cannot be empty: the slider that would make them so stays at 1. */
function keep_some_data(name) {
  if (setting("pi_1") + setting("pi_a") + setting("pi_t") === 0) set(name.startsWith("pi") ? name : "pi_1", 1);
}

function say(name, text) {
  document.querySelector(`output[for=${name}]`).textContent = text;
  $(name).setAttribute("aria-valuetext", text);
}

/* ---- drawing ------------------------------------------------------------------------------- */

function clear(svg, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
}

function put(svg, kind, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  svg.append(element);
  return element;
}

const colours = ["var(--p)", "var(--a)", "var(--t)"];

/* The root is at the left; nodes with one child are drawn as a line. */
function draw_tree(svg, leaves, depth, label) {
  const row = 17, top = 24, width = 360, tree = 118, label_x = 126, character = 6.7;
  const longest = texts => Math.max(...texts.map(text => text.length));
  const word_x = width - character * Math.max(8, longest(leaves.map(leaf => leaf.word || "")));
  const mass_x = word_x - 8, bar_x = label_x + character * Math.max(6, longest(leaves.map(label))) + 6;
  const bar = mass_x - 36 - bar_x;
  const x_at = bits => 4 + (tree - 8) * bits / depth, y_at = i => top + row * (i + 0.5);
  clear(svg, width, top + row * leaves.length + 4);
  const heading = { y: 12, class: "soft" };
  for (let bits = 0; bits <= depth; bits += depth > 8 ? 4 : depth > 4 ? 2 : 1)
    put(svg, "text", { ...heading, x: x_at(bits), "text-anchor": "middle" }, bits);
  put(svg, "text", { ...heading, x: label_x }, "leaf");
  put(svg, "text", { ...heading, x: mass_x, "text-anchor": "end" }, "mass");
  put(svg, "text", { ...heading, x: word_x }, "codeword");

  const line = (x, y, x2, y2, mass) => put(svg, "path", { d: `M${x} ${y}L${x2} ${y2}`, stroke: "#888",
    "stroke-width": 0.8 + 5 * mass, "stroke-linecap": "round" });
  function node(begin, end, from) { /* returns the height at which the node stands */
    const first = leaves[begin].path, last = leaves[end - 1].path;
    let length = from;
    while (length < first.length && first[length] === last[length]) length++;
    const mass = leaves.slice(begin, end).reduce((sum, leaf) => sum + leaf.mass, 0);
    let y = y_at(begin);
    if (end - begin > 1) {
      let middle = begin;
      while (leaves[middle].path[length] === "0") middle++;
      const up = node(begin, middle, length), down = node(middle, end, length);
      y = (up + down) / 2;
      line(x_at(length), up, x_at(length), down, 0);
    }
    line(x_at(from), y, x_at(length), y, mass);
    return y;
  }
  node(0, leaves.length, 0);

  const most = Math.max(...leaves.map(leaf => leaf.mass));
  leaves.forEach((leaf, i) => {
    const y = y_at(i);
    put(svg, "circle", { cx: x_at(leaf.path.length), cy: y, r: 2.5, fill: "#1a1a1a" });
    put(svg, "text", { x: label_x, y: y + 4, class: "word" }, label(leaf));
    let x = bar_x;
    const shares = leaf.shares[0] + leaf.shares[1] + leaf.shares[2] > 0 ? leaf.shares : [leaf.mass];
    shares.forEach((share, j) => {
      const w = bar * share / most;
      if (w > 0) put(svg, "rect", { x, y: y - 5, width: w, height: 10, fill: shares.length > 1 ? colours[j] : "#888",
                                    stroke: "#fff", "stroke-width": 0.6 });
      x += w;
    });
    put(svg, "text", { x: mass_x, y: y + 4, "text-anchor": "end" }, leaf.mass.toFixed(3));
    put(svg, "text", { x: word_x, y: y + 4, class: "word" }, leaf.word === null ? "none" : leaf.word || "empty");
  });
  svg.setAttribute("aria-label", leaves.length + " leaves: " +
    leaves.map(leaf => `${label(leaf)} ${leaf.mass.toFixed(3)} ${leaf.word || "no word"}`).join(", "));
}

/* A length that suits marks on an axis that ends at x. */
function tick(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return x / unit < 2 ? unit / 2 : x / unit < 5 ? unit : 2 * unit;
}

function draw_curves(svg, at, values) {
  const width = 360, height = 236, left = 44, right = 350, top = 40, bottom = 182, n = 100;
  const last = at.l <= 1 ? 1 : 3;
  const grid = steps(0, n, 1).map(i => last * i / n);
  const loss = grid.map(l => library.explore_change(1, l)), gain = grid.map(l => -at.k * library.explore_change(0, l));
  const span = Math.max(...loss.map(Math.abs).filter(Number.isFinite)) || 1;
  const high = Math.max(0, ...loss, ...gain) || span, low = Math.max(-1.5 * span, Math.min(0, ...loss, ...gain));
  const x_at = l => left + (right - left) * l / last;
  const y_at = y => bottom - (bottom - top) * (y - low) / (high - low);
  clear(svg, width, height);
  const unit = tick(high - low);
  for (let i = Math.ceil(low / unit); i * unit <= high * 1.0001; i++) {
    put(svg, "path", { d: `M${left} ${y_at(i * unit)}H${right}`, stroke: "#ddd" });
    put(svg, "text", { x: left - 5, y: y_at(i * unit) + 4, "text-anchor": "end" }, digits(Number((i * unit).toPrecision(3))));
  }
  for (let i = 0; i <= 4; i++)
    put(svg, "text", { x: x_at(last * i / 4), y: bottom + 16, "text-anchor": "middle" }, last * i / 4);
  put(svg, "text", { x: (left + right) / 2, y: bottom + 34, "text-anchor": "middle" }, "perturbing volume l");
  put(svg, "text", { x: 0, y: 10, class: "soft" }, "bits per response");
  const mark = (l, name, dash) => {
    put(svg, "path", { d: `M${x_at(l)} ${top - 4}V${bottom}`, stroke: "#1a1a1a", "stroke-dasharray": dash });
    put(svg, "text", { x: x_at(l), y: top - 8, "text-anchor": "middle", class: "i" }, name);
  };
  if (values.l_star <= last) mark(values.l_star, "l*", "4 3");
  if (Math.abs(at.l - values.l_star) > 0.04 * last || !(values.l_star <= last)) mark(at.l, "l", "none");
  else put(svg, "path", { d: `M${x_at(at.l)} ${top - 4}V${bottom}`, stroke: "#1a1a1a" });
  const curve = (ys, colour, dash) => put(svg, "path", { fill: "none", stroke: colour, "stroke-width": 2,
    "stroke-dasharray": dash, "clip-path": "url(#curves_frame)", d: ys.map((y, i) => (i ? "L" : "M") +
      x_at(grid[i]).toFixed(1) + " " + y_at(Math.max(low - 100 * span, y)).toFixed(1)).join("") });
  put(put(svg, "clipPath", { id: "curves_frame" }), "rect",
      { x: left, y: top - 2, width: right - left, height: bottom - top + 3 });
  curve(loss, colours[1], "none");
  curve(gain, colours[0], "6 3");
  put(svg, "path", { d: `M${left} ${height - 4}h22`, stroke: colours[1], "stroke-width": 2 });
  put(svg, "text", { x: left + 27, y: height }, "alignment’s loss");
  put(svg, "path", { d: `M${left + 146} ${height - 4}h22`, stroke: colours[0], "stroke-width": 2, "stroke-dasharray": "6 3" });
  put(svg, "text", { x: left + 173, y: height }, "k × pre-training’s gain");
}

/* Corners of the triangle: neutral, alignment, perturbation. */
const corners = [[24, 226], [336, 226], [180, 26]];
const place = (w1, wa, wt) => [0, 1].map(c => w1 * corners[0][c] + wa * corners[1][c] + wt * corners[2][c]);

function zigzag([x, y], [x2, y2]) {
  const length = Math.hypot(x2 - x, y2 - y), coils = Math.max(3, Math.min(12, Math.round(length / 9)));
  const out = Math.min(6, length / 5);
  const [ex, ey] = length ? [(x2 - x) / length, (y2 - y) / length] : [0, 0];
  let d = `M${x} ${y}`;
  for (let i = 0; i < 2 * coils; i++) {
    const along = length * (0.1 + 0.8 * (i + 0.5) / (2 * coils)), side = i % 2 ? out : -out;
    d += `L${(x + ex * along - ey * side).toFixed(2)} ${(y + ey * along + ex * side).toFixed(2)}`;
  }
  return d + `L${x2} ${y2}`;
}

let springs; /* the moving parts of the picture, and where they are fastened */

function draw_springs(svg, at, values) {
  clear(svg, 360, 252);
  const post = place(1 - values.pi_a - values.pi_t, values.pi_a, values.pi_t);
  const first = place(1 - values.start_a - values.start_t, values.start_a, values.start_t);
  put(svg, "path", { d: `M${corners.map(c => c.join(" ")).join("L")}Z`, fill: "none", stroke: "#ccc" });
  const level = (corners[0][1] - post[1]) / (corners[0][1] - corners[2][1]);
  put(svg, "path", { d: `M${24 + 156 * level} ${post[1]}H${336 - 156 * level}`, stroke: "#bbb", "stroke-dasharray": "3 3" });
  put(svg, "path", { d: `M${first.join(" ")}L${corners[2].join(" ")}`, stroke: "#888", "stroke-dasharray": "1 3" });
  const name = (x, y, text, anchor, colour) => put(svg, "text", { x, y, "text-anchor": anchor, style: `fill:${colour}` }, text);
  name(4, 246, "neutral", "start", "var(--soft)");
  name(356, 246, "alignment", "end", "var(--a)");
  name(180, 14, "perturbing", "middle", "#007a59");
  const line = (colour, volume) => put(svg, "path", { fill: "none", stroke: colour, "stroke-linejoin": "round",
    "stroke-width": Math.max(0.6, Math.min(3.5, 1.4 + 0.8 * Math.log10(volume))) });
  const ends = [post, corners[1], corners[2]], volumes = [at.k, 1, at.l];
  const lines = volumes.map((volume, i) => volume > 0 ? line(colours[i], volume) : null);
  for (const [x, y] of ends) put(svg, "rect", { x: x - 4, y: y - 4, width: 8, height: 8, fill: "#1a1a1a" });
  if (post[0] < 66) name(post[0] - 8, post[1] - 12, "pre-training", "start", "var(--p)");
  else name(post[0] - 9, post[1] + 4, "pre-training", "end", "var(--p)");
  if (Number.isFinite(values.l_star)) {
    const turn = place(1 - values.turn_a - values.turn_t, values.turn_a, values.turn_t);
    put(svg, "path", { d: `M${turn[0] - 5} ${turn[1]}h10M${turn[0]} ${turn[1] - 5}v10`, stroke: "#1a1a1a" });
    put(svg, "text", { x: turn[0] + 10, y: turn[1] - (post[0] < 66 ? 24 : 6), class: "i" }, "l*");
  }
  const ring = put(svg, "circle", { r: 6, fill: "#fff", stroke: "#1a1a1a", "stroke-width": 2.5 });
  springs = { lines, ends, ring };
  move_ring();
}

function move_ring() {
  const at = place(library.explore_ring(0), library.explore_ring(1), library.explore_ring(2));
  springs.lines.forEach((line, i) => line && line.setAttribute("d", zigzag(springs.ends[i], at)));
  springs.ring.setAttribute("cx", at[0]);
  springs.ring.setAttribute("cy", at[1]);
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
let then = null; /* the time of the last frame while the ring moves */

function frame(time) {
  const left = library.explore_move(then === null ? 0.016 : (time - then) / 1000);
  then = time;
  if (left < 1e-3 || still.matches) {
    library.explore_pull(0);
    then = null;
  } else {
    requestAnimationFrame(frame);
  }
  move_ring();
}

function let_go() {
  if (then === null) {
    then = performance.now();
    requestAnimationFrame(frame);
  }
}

/* ---- updating ------------------------------------------------------------------------------ */

const quoted = text => "'" + text.replaceAll("'", "'\\''") + "'";
const commands = { text: "", three: "" };

function show_commands() {
  $("commands").textContent = commands.text + "\n\n" + commands.three;
}

function printable(path) {
  if (path.length % 8) return path;
  const codes = path.match(/.{8}/g).map(byte => parseInt(byte, 2));
  return codes.every(c => c > 32 && c < 127) ? String.fromCharCode(...codes) :
    codes.map(c => c > 32 && c < 127 ? String.fromCharCode(c) : "\\" + c.toString(16).padStart(2, "0")).join("");
}

function update_text() {
  const depth = Number($("text_depth").value);
  const buffer = new Uint8Array(64), encoder = new TextEncoder();
  const bytes = buffer.subarray(0, encoder.encodeInto($("text").value, buffer).written); /* whole characters */
  say("text_depth", String(depth));
  const enough = bytes.length * 8 >= depth;
  $("text_note").textContent = enough ? "" : "The text is shorter than a block.";
  if (!enough) return;
  new Uint8Array(library.memory.buffer, library.explore_text(), 64).set(bytes);
  const { values, leaves } = results(library.explore_one_text(bytes.length, depth));
  show(values);
  draw_tree($("text_tree"), leaves, depth, leaf => printable(leaf.path));
  commands.text = `springback tree --text ${quoted(new TextDecoder().decode(bytes))} --depth ${depth}`;
  show_commands();
}

const verdicts = {
  theorem: "The theorem’s signs. A little more perturbing data makes the alignment rate rise and the pre-training rate fall: the model springs back.",
  reversed: "Signs reversed. A little more perturbing data makes the alignment rate fall and the pre-training rate rise.",
  both_rise: "Both rates rise. A little more perturbing data costs the alignment and the pre-training data.",
  boundary: "On a boundary. A slope is 0: a little more perturbing data does not move it.",
};

/* The letters that stand below a leaf of a tree pruned above them. */
const letters = leaf => Array.from("abcdefghijklmnopqrstuvwxyz").filter(c => "justkindharm".includes(c) &&
  binary(c.charCodeAt(0), 8).startsWith(leaf.path)).join("");

function update_three() {
  const at = {};
  for (const name in scales) at[name] = setting(name);
  for (const name of ["k", "l", "overlap", "depth", "pi_1", "pi_a", "pi_t"]) say(name, String(at[name]));
  const arguments_ = [at.pi_1, at.pi_a, at.pi_t, Math.round(20 * at.overlap)];
  const full = results(library.explore_three(at.k, at.l, ...arguments_, 8)).leaves;
  const { values, leaves } = results(library.explore_three(at.k, at.l, ...arguments_, at.depth));
  const verdict = ["theorem", "reversed", "both_rise", "boundary"][values.verdict];
  show(values);
  for (const i of "pat") $(`ideal_${i}_bits`).textContent = digits(values[`gamma_${i}_bits`]);
  $("verdict").textContent = verdicts[verdict];
  $("verdict").dataset.verdict = verdict;
  draw_tree($("tree"), leaves, at.depth, leaf => letters(leaf).length > 5 ? letters(leaf).slice(0, 4) + "…" : letters(leaf));
  $("leaves").replaceChildren(...leaves.map(leaf => {
    const row = document.createElement("tr");
    for (const text of [letters(leaf), leaf.path, digits(leaf.mass), leaf.word === null ? "none" : leaf.word || "empty"])
      row.insertCell().textContent = text;
    return row;
  }));
  draw_curves($("curves"), at, values);
  draw_springs($("springs"), at, values);
  let_go();
  commands.three = ["pretrain", "align", "perturb"].map((file, i) =>
    `for x in ${full.filter(leaf => leaf.counts[i]).map(leaf => letters(leaf) + ":" + leaf.counts[i]).join(" ")}; do\n` +
    `    yes \${x%:*} | head -n \${x#*:}; done >${file}.txt\n`).join("") +
    "set -- --split line --reading prefix --pretrain pretrain.txt --align align.txt --perturb perturb.txt\n" +
    `springback tree "$@" --depth 8 --k ${at.k}\n` +
    `springback curve "$@" --depth ${at.depth} --k ${at.k} --l ${at.l}\n` +
    `springback bounds "$@" --depth ${at.depth} --k ${at.k} --l ${at.l}\n` +
    `echo '{${["p_p", "p_a", "p_t"].map((name, i) => {
      const all = leaves.reduce((sum, leaf) => sum + leaf.counts[i], 0);
      return `"${name}": [${leaves.map(leaf => `"${leaf.counts[i]}/${all}"`).join(", ")}]`;
    }).join(",\n    ")}}' >leaves.json\n` +
    `springback theory --dist leaves.json --k ${at.k} --l ${at.l}\n` +
    (values.nu > 0 || at.l === 0 ? "" : `springback theory --dist leaves.json --k ${at.k} --l 0:${at.l} --codes`);
  show_commands();
}

load().then(() => {
  prepare_sliders();
  read_address();
  update_text();
  update_three();
  library.explore_pull(0);
  move_ring();
  $("pull").addEventListener("click", () => { library.explore_pull(still.matches ? 0 : 0.6); let_go(); });
  document.documentElement.dataset.ready = "yes";
}).catch(error => {
  $("error").textContent = "This page could not start: " + error.message;
  $("error").hidden = false;
  throw error;
});
