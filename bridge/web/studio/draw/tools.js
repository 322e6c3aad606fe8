/** What a pointer, or the arrow keys, do to the paper: one function for the press, one for each move, by the tool's name. */

/** Tools by name, in the order of their buttons, each with the key that takes it. */
export const TOOLS = {
  pencil: { key: 'b', press: stroke, move: stroke },
  line: { key: 'l', press: stroke, move: ruler },
  fill: { key: 'f', press: fill, move: nothing },
  eraser: { key: 'e', press: erase, move: erase },
  picker: { key: 'i', press: pick, move: pick },
}

function stroke(paper, { last, point, color, size }) {
  paper.line(last, point, color, size)
}

function ruler(paper, { start, point, color, size }) {
  paper.restore()
  paper.line(start, point, color, size)
}

function erase(paper, { last, point, size }) {
  paper.line(last, point, null, size)
}

function fill(paper, { point, color }) {
  paper.fill(point, color)
}

function pick(paper, { point, take }) {
  const color = paper.colorAt(point)
  if (color) take(color)
}

function nothing() {}
