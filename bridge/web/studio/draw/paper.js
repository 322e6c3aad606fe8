/**
 * The sheet that is drawn on: pixels, tools that change them, and the way back. Crisp sheets have whole pixels of a colour,
 * as sprites have; larger ones have smooth strokes. It knows no page.
 */
import { colored } from '../view/png.js'
import { flood } from './flood.js'

const CRISP = 128 // pixels a side up to which a sheet is one of whole pixels
const MEMORY = 96 << 20 // bytes that steps back may take, each as large as what it changed
const KEPT = { steps: 64, bytes: 4 << 20 } // most of each way that is kept beyond this page

/** Whether a sheet of this size has pixels that a person tells apart. */
export const isCrisp = ({ width, height }) => Math.max(width, height) <= CRISP

export class Paper {
  #back = []
  #forth = []
  #begun = null // the pixels as they were when the stroke began

  constructor(width, height) {
    this.canvas = Object.assign(document.createElement('canvas'), { width, height })
    this.context = this.canvas.getContext('2d', { willReadFrequently: true })
    this.mirror = false
  }

  get width() {
    return this.canvas.width
  }

  get height() {
    return this.canvas.height
  }

  /** Whether it has pixels that a person tells apart. */
  get crisp() {
    return isCrisp(this)
  }

  get canUndo() {
    return this.#back.length > 0
  }

  get canRedo() {
    return this.#forth.length > 0
  }

  /** Show this picture, of the sheet's size, and forget all steps. */
  load(bitmap) {
    this.#back = []
    this.#forth = []
    this.context.clearRect(0, 0, this.width, this.height)
    this.context.drawImage(bitmap, 0, 0)
  }

  /** What undo and redo come to, the newest of it, as it may be kept: {back, forth}. */
  get steps() {
    return { back: newest(this.#back), forth: newest(this.#forth) }
  }

  /** Go on with steps that were kept of a sheet with these pixels. */
  recall({ back, forth }) {
    this.#back = [...back]
    this.#forth = [...forth]
  }

  /** Begin a stroke, or whatever shall be one step back. */
  begin() {
    this.#begun = this.#pixels()
  }

  /** The sheet as it was when the stroke began. */
  restore() {
    if (this.#begun) this.context.putImageData(this.#begun, 0, 0)
  }

  /** Take back what the stroke has drawn so far, as if it had not begun. */
  drop() {
    this.restore()
    this.#begun = null
  }

  /** End the stroke; false where it changed nothing, which is no step. */
  commit() {
    const before = this.#begun
    this.#begun = null
    const box = before && changed(before, this.#pixels())
    if (!box) return false
    this.#back.push(part(before, box))
    this.#forth = []
    for (let bytes = total(this.#back); bytes > MEMORY && this.#back.length > 1; ) bytes -= this.#back.shift().pixels.data.length
    return true
  }

  undo() {
    this.#step(this.#back, this.#forth)
  }

  redo() {
    this.#step(this.#forth, this.#back)
  }

  #step(from, to) {
    if (!from.length) return
    const { x, y, pixels } = from.pop()
    to.push({ x, y, pixels: this.context.getImageData(x, y, pixels.width, pixels.height) })
    this.context.putImageData(pixels, x, y)
  }

  #pixels() {
    return this.context.getImageData(0, 0, this.width, this.height)
  }

  /** A line from one point to another; `color` null takes away. Points are in pixels, and may lie beside the sheet. */
  line(from, to, color, size) {
    this.#stroke(from, to, color, size)
    if (this.mirror) this.#stroke(this.#across(from), this.#across(to), color, size)
  }

  #stroke(from, to, color, size) {
    const { context } = this
    context.globalCompositeOperation = color ? 'source-over' : 'destination-out'
    context.fillStyle = context.strokeStyle = color ?? '#000'
    if (this.crisp) for (const [x, y] of points(from, to)) this.#dot(x, y, size)
    else this.#smooth(from, to, size)
    context.globalCompositeOperation = 'source-over'
  }

  #dot(x, y, size) {
    this.context.fillRect(x - reach(size), y - reach(size), size, size)
  }

  /** What a brush covers at a point, and at its mirror image where that is on: {x, y, side} in pixels. */
  boxes([x, y], size) {
    const box = ([x, y]) => ({ x: x - (this.crisp ? reach(size) : size / 2), y: y - (this.crisp ? reach(size) : size / 2), side: size })
    const point = this.crisp ? [Math.floor(x), Math.floor(y)] : [x, y]
    return this.mirror ? [box(point), box(this.#across(point))] : [box(point)]
  }

  #across([x, y]) {
    return [this.width - (this.crisp ? 1 : 0) - x, y]
  }

  #smooth(from, to, size) {
    Object.assign(this.context, { lineWidth: size, lineCap: 'round', lineJoin: 'round' })
    this.context.beginPath()
    this.context.moveTo(...from)
    this.context.lineTo(...to)
    this.context.stroke()
  }

  /** Fill what has the colour of a point and hangs together with it; `color` null makes it transparent. */
  fill([x, y], color) {
    const pixels = this.#pixels()
    const places = this.mirror ? [x, this.width - 1 - x] : [x]
    for (const place of places) flood(pixels, Math.floor(place), Math.floor(y), rgba(color), this.crisp ? 0 : SMOOTH)
    this.context.putImageData(pixels, 0, 0)
  }

  /** The colour of a point as '#rrggbb', null where it is transparent or beside the sheet. */
  colorAt([x, y]) {
    const [red, green, blue, alpha] = this.context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data
    return alpha ? `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}` : null
  }

  /** The sheet as a PNG. */
  blob() {
    return colored(this.#pixels())
  }
}

/** The box around what differs between two pictures of a size, or null where nothing does. */
function changed(one, other) {
  const { width, height } = one
  const [before, after] = [new Uint32Array(one.data.buffer), new Uint32Array(other.data.buffer)]
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (before[y * width + x] === after[y * width + x]) continue
      if (top === height) top = y
      bottom = y
      if (x < left) left = x
      if (x > right) right = x
    }
  }
  return bottom < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** A box of a picture, with its place. */
function part({ data, width }, box) {
  const pixels = new ImageData(box.width, box.height)
  for (let row = 0; row < box.height; row++) {
    const start = 4 * ((box.y + row) * width + box.x)
    pixels.data.set(data.subarray(start, start + 4 * box.width), 4 * row * box.width)
  }
  return { x: box.x, y: box.y, pixels }
}

/** How far a crisp brush reaches to the left of its point, and above it. */
const reach = (size) => Math.floor((size - 1) / 2)

/** The last steps, as many as may be kept. */
function newest(steps) {
  const last = steps.slice(-KEPT.steps)
  for (let bytes = total(last); bytes > KEPT.bytes; ) bytes -= last.shift().pixels.data.length
  return last
}

const total = (steps) => steps.reduce((sum, { pixels }) => sum + pixels.data.length, 0)

const SMOOTH = 96 // how far a colour may be from the filled one, sum of channels: the soft edges of smooth strokes

/** A colour as four numbers from 0 to 255. */
function rgba(color) {
  if (!color) return [0, 0, 0, 0]
  return [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16)).concat(255)
}

/** The pixels from one to another, both ends included (Bresenham, "Algorithm for computer control", 1965). */
export function* points([x0, y0], [x1, y1]) {
  const [dx, dy] = [Math.abs(x1 - x0), -Math.abs(y1 - y0)]
  const [sx, sy] = [Math.sign(x1 - x0), Math.sign(y1 - y0)]
  for (let [x, y, error] = [x0, y0, dx + dy]; ; ) {
    yield [x, y]
    if (x === x1 && y === y1) return
    const twice = 2 * error
    if (twice >= dy) (error += dy), (x += sx)
    if (twice <= dx) (error += dx), (y += sy)
  }
}
