// Shows a small picture by a whole factor: chequered where it is transparent, with a grid, and what is under the pointer.
import { element } from './editor.js'
import { hex, tableOf } from './png_palette.js'

const BAR = 24 // pixels below the picture
const LEAST_FOR_GRID = 4 // screen pixels of a pixel
const LARGEST = 32 // factor
const HIGHEST = 2 // times as high as the room is wide, where a picture fits at once
export const SMALL = 256 // pixels a side of a picture that is never made smaller

const viewers = new WeakMap() // by the element that a wheel turns over

/** Gives a viewer the wheel over its stage. */
export const wheelOver = (stage, viewer) => viewers.set(stage, viewer)

// Before Nodes 2.0, which give the wheel over a node to the canvas.
function wheel(event) {
  const viewer = viewers.get(event.target.closest?.('.pixart-stage'))
  if (!viewer) return
  event.preventDefault()
  event.stopImmediatePropagation()
  viewer.wheel(event)
}

window.addEventListener('wheel', wheel, { capture: true, passive: false })

/** A picture on an element; `room` is how many pixels wide it may be shown. */
export class Viewer {
  constructor(room) {
    this.room = room
    this.size = [1, 1]
    this.table = []
    this.zoom = 0 // how many factors more than what fits
    this.canvas = element('canvas', 'pixart-pixels')
    this.grid = element('div', 'pixart-grid', { hidden: true })
    this.stage = element('div', 'pixart-stage', {}, element('div', '', {}, this.canvas, this.grid))
    this.about = element('span', 'pixart-about')
    this.next = this.#button('›', 'Next picture', () => this.turned?.())
    const toggle = this.#button('#', 'Grid', () => this.#toggleGrid())
    this.root = element('div', 'pixart-viewer', {}, this.stage, element('div', 'pixart-bar', {}, this.about, this.next, toggle))
    wheelOver(this.stage, this)
    this.canvas.addEventListener('pointermove', event => this.#tell(event))
    this.canvas.addEventListener('pointerleave', () => this.fit())
  }

  /** Shows an image or a bitmap, and which one of how many it is; its file's bytes say what its palette is. */
  show(image, buffer = null, at = 0, count = 1) {
    const [width, height] = (this.size = [image.naturalWidth ?? image.width, image.naturalHeight ?? image.height])
    Object.assign(this.canvas, { width, height })
    this.moving?.remove()
    this.moving = null
    this.context = this.canvas.getContext('2d', { willReadFrequently: true })
    this.context.drawImage(image, 0, 0)
    this.table = buffer ? tableOf(buffer) : []
    this.place = count > 1 ? ` · ${at + 1} of ${count}` : ''
    this.next.hidden = count < 2
    this.fit()
  }

  /** Shows an image that moves; of its pixels only the places are told. */
  play(image, at, count) {
    this.show(image, null, at, count)
    this.context.clearRect(0, 0, ...this.size)
    this.moving = Object.assign(image, { className: 'pixart-moving', alt: '' })
    this.canvas.after(image)
  }

  /** The factor by which the picture is shown. */
  get factor() {
    const fitting = this.#fitting()
    return this.zoom ? Math.min(LARGEST, Math.floor(fitting) + this.zoom) : fitting
  }

  /** How many pixels wide a small picture is at least. */
  width() {
    return Math.max(...this.size) <= SMALL ? Math.max(...this.size) : 0
  }

  /** How many pixels high all of it is. */
  height() {
    return Math.ceil(this.size[1] * this.#fitting()) + BAR
  }

  // A large picture that is larger than the room shows at a half, a third and so on. One that is only higher shows as it is.
  #fitting() {
    const [room, [width, height]] = [this.room(), this.size]
    if (width <= room && height > room && height <= HIGHEST * room) return 1
    const most = room / Math.max(width, height)
    return most < 1 && !this.width() ? 1 / Math.ceil(1 / most) : Math.min(LARGEST, Math.max(1, Math.floor(most)))
  }

  /** Lays the picture out for the room that there is. */
  fit() {
    const { factor } = this
    const [width, height] = this.size
    for (const each of [this.canvas, this.grid])
      Object.assign(each.style, { width: `${width * factor}px`, height: `${height * factor}px` })
    this.canvas.classList.toggle('pixart-shrunk', factor < 1)
    this.stage.style.height = `${this.height() - BAR}px`
    this.grid.style.backgroundSize = `${factor}px ${factor}px`
    this.grid.classList.toggle('pixart-fine', factor < LEAST_FOR_GRID)
    this.about.textContent = `${width} × ${height} · ${factor < 1 ? `1/${Math.round(1 / factor)}` : factor}x${this.place ?? ''}`
  }

  #button(textContent, title, action) {
    const made = element('button', 'pixart-button', { type: 'button', textContent, title })
    made.addEventListener('click', action)
    return made
  }

  #toggleGrid() {
    this.grid.hidden = !this.grid.hidden
  }

  /** Enlarges by one more, or by one less; what is under the pointer stays there. */
  wheel(event) {
    const before = this.factor
    this.zoom = Math.min(LARGEST, Math.max(0, this.zoom - Math.sign(event.deltaY)))
    const box = this.stage.getBoundingClientRect()
    const scale = box.width / this.stage.offsetWidth || 1 // the editor's own zoom
    const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale]
    const [left, top] = [(this.stage.scrollLeft + x) / before, (this.stage.scrollTop + y) / before]
    this.fit()
    this.stage.scrollTo(left * this.factor - x, top * this.factor - y)
  }

  #tell(event) {
    const box = this.canvas.getBoundingClientRect()
    const [width, height] = this.size
    const x = Math.min(width - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * width)))
    const y = Math.min(height - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * height)))
    if (this.moving) return void (this.about.textContent = `${x}, ${y}`)
    const digits = hex(this.context.getImageData(x, y, 1, 1).data)
    const index = this.table.findIndex(each => each === digits || (digits.endsWith('00') && each.endsWith('00')))
    const color = digits.endsWith('00') ? 'transparent' : `#${digits.replace(/ff$/, '')}`
    this.about.textContent = [`${x}, ${y}`, index >= 0 && `index ${index}`, color].filter(each => each !== false).join(' · ')
  }
}
