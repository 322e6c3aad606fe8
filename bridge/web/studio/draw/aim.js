/** Shows where the brush would draw: an outline that every colour beneath lets see, and the place and its colour in words. */
import { h } from '../dom.js'
import { words } from '../words/en.js'

const said = words.canvas

export class Aim {
  #at = null // where the pointer is on the screen

  constructor() {
    this.outlines = [0, 1].map(() => h('i', { hidden: true })) // the second is the mirror's
    this.marks = h('div', { class: 'aim' }, ...this.outlines)
    this.about = h('p', { class: 'soft where' })
  }

  /** The pointer is there on the screen; a finger, which covers what it points to, shows none. */
  follow({ clientX, clientY, pointerType }) {
    this.#at = pointerType === 'touch' ? null : [clientX, clientY]
  }

  /** The pointer is gone. */
  leave() {
    this.#at = null
    this.hide()
  }

  hide() {
    for (const outline of this.outlines) outline.hidden = true
    this.about.textContent = ''
  }

  /** Lay the outlines around what a brush of so many pixels covers of a sheet that shows at a scale; `palette` are its colours. */
  show(paper, scale, size, palette) {
    if (!this.#at) return
    const box = paper.canvas.getBoundingClientRect()
    const [x, y] = [(this.#at[0] - box.left) / scale, (this.#at[1] - box.top) / scale]
    if (x < 0 || y < 0 || x >= paper.width || y >= paper.height) return this.hide()
    const boxes = paper.boxes([x, y], size)
    this.outlines.forEach((outline, place) => {
      outline.hidden = !boxes[place]
      outline.classList.toggle('round', !paper.crisp)
      if (boxes[place]) lay(outline, boxes[place], scale)
    })
    this.say(paper, [x, y], palette)
  }

  /** Say a place of the sheet and its colour, which may be one of a palette. */
  say(paper, [x, y], palette) {
    const color = paper.colorAt([x, y])
    this.about.textContent = said.at(Math.floor(x), Math.floor(y), color, palette.indexOf(color))
  }
}

function lay({ style }, { x, y, side }, scale) {
  Object.assign(style, { width: `${side * scale}px`, height: `${side * scale}px`, transform: `translate(${x * scale}px, ${y * scale}px)` })
}
