/**
 * How large a sheet shows in its frame, which scrolls where it is larger: whole, or by the wheel, keys, buttons and two
 * fingers as large as somebody wants it, always with the same point under the pointer. Crisp sheets show in whole multiples.
 */
import { wholly } from '../view/scale.js'

const MOST = { crisp: 64, smooth: 8 } // screen pixels a pixel
const WHEEL = 0.005 // of the scale's logarithm for each pixel of the wheel, which turns 100 at a time
const EDGE = 4 // pixels of the frame's lines, and of room beside the sheet

export class Lens {
  #wish = 0 // screen pixels a pixel; 0 where the whole sheet shows
  #fingers = null // how far apart two are, where their middle is, and how large the sheet was when they came

  /** `lay()` lays the sheet into the frame anew. */
  constructor(frame, lay) {
    Object.assign(this, { frame, lay })
    frame.addEventListener('wheel', (event) => this.#turn(event), { passive: false })
  }

  /** Whether the sheet is larger than its frame. */
  get isNear() {
    return this.#wish > 0
  }

  /** Screen pixels a pixel, for a sheet of this size. */
  scale({ width, height, crisp }) {
    const [wide, high] = [this.frame.offsetWidth, this.frame.offsetHeight] // without scrollbars, which come and go
    const most = Math.min((wide - EDGE) / width, (high - EDGE) / height)
    this.whole = crisp ? wholly(most) : most
    this.most = MOST[crisp ? 'crisp' : 'smooth']
    return this.#wish ? Math.max(this.whole, crisp ? Math.round(this.#wish) : this.#wish) : this.whole
  }

  /** Show the whole sheet. */
  away() {
    this.#wish = 0
    this.lay()
  }

  /** Show it so many times larger, about a point of the screen, without one about the frame's middle. */
  zoom(factor, point = this.#middle()) {
    this.#to((this.#wish || this.whole) * factor, point, point)
  }

  /** Two fingers lie at these points of the screen. */
  pinch(points) {
    const [distance, middle] = measured(points)
    this.#fingers ??= { distance, middle, wish: this.#wish || this.whole }
    const { distance: first, middle: before, wish } = this.#fingers
    this.#to((wish * distance) / first, before, middle)
    this.#fingers.middle = middle
  }

  /** One was lifted. */
  release() {
    this.#fingers = null
  }

  /** Move the sheet by so many pixels of the screen. */
  move(dx, dy) {
    this.frame.scrollBy(-dx, -dy)
  }

  #turn(event) {
    if (!event.ctrlKey && !event.metaKey) return // which scrolls
    event.preventDefault()
    this.zoom(Math.exp(-event.deltaY * WHEEL), [event.clientX, event.clientY])
  }

  /** Lay the sheet out so large that what was at one point of the screen is at the other. */
  #to(wish, [x, y], [toX, toY]) {
    const sheet = this.frame.firstElementChild
    const box = sheet.getBoundingClientRect()
    const [across, down] = [(x - box.left) / box.width, (y - box.top) / box.height]
    this.#wish = wish > this.whole ? Math.min(wish, this.most) : 0
    this.lay()
    const now = sheet.getBoundingClientRect()
    this.frame.scrollBy(now.left + across * now.width - toX, now.top + down * now.height - toY)
  }

  #middle() {
    const box = this.frame.getBoundingClientRect()
    return [box.left + box.width / 2, box.top + box.height / 2]
  }
}

function measured([[x0, y0], [x1, y1]]) {
  return [Math.max(1, Math.hypot(x1 - x0, y1 - y0)), [(x0 + x1) / 2, (y0 + y1) / 2]]
}
