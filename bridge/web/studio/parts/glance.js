/** The result, small, at the corner of a page that doesn't show it large: what a panel or a stroke changes shows there. */
import { h } from '../dom.js'
import { state } from '../state.js'
import { pixelsOf } from '../view/pixels.js'
import { fit, fitting } from '../view/scale.js'
import { words } from '../words/en.js'

const CORNERS = ['', 'left'] // the names of classes
const CONTROLS = 'main :is(button, summary, input, select, textarea)'
const STILL = 120 // milliseconds without scrolling after which nobody scrolls

class Glance extends HTMLElement {
  connectedCallback() {
    this.canvas = h('canvas', { class: 'chequers' })
    const button = h('button', { 'aria-label': words.views.glance, title: words.views.glance, onclick: () => this.go() }, this.canvas)
    this.append(button)
    fitting(this.canvas)
    this.pictures = document.querySelector('px-live')
    new IntersectionObserver(([seen]) => this.turn(!seen.isIntersecting)).observe(this.pictures)
    new ResizeObserver(() => this.later()).observe(document.querySelector('main')) // a panel has more or less in it
    for (const event of ['scroll', 'resize']) addEventListener(event, () => this.later(), { passive: true })
    state.on('result', () => this.show())
    if (state.get('result')) this.show()
  }

  turn(shown) {
    this.hidden = !shown
    this.stepAside()
  }

  /** Step aside once the page stands still: what jumps while one scrolls is in the way anywhere. */
  later() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.stepAside(), STILL)
  }

  /** Stand in the corner in which the least of what can be pressed is covered, the present one where others are no better. */
  stepAside() {
    if (!this.checkVisibility()) return
    const there = [...document.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility()).map((each) => each.getBoundingClientRect())
    const own = this.className
    const covers = (corner) => {
      this.className = corner
      const place = this.getBoundingClientRect()
      return there.reduce((sum, each) => sum + shared(place, each), 0)
    }
    const areas = new Map([own, ...CORNERS].map((corner) => [corner, covers(corner)]))
    this.className = [...areas.keys()].reduce((best, corner) => (areas.get(corner) < areas.get(best) ? corner : best))
  }

  async show() {
    const result = state.get('result')
    const pixels = await pixelsOf(result.blob)
    if (result !== state.get('result')) return
    Object.assign(this.canvas, { width: pixels.width, height: pixels.height })
    this.canvas.getContext('2d').putImageData(pixels, 0, 0)
    fit(this.canvas)
  }

  go() {
    document.querySelector('px-views').show('result')
    this.pictures.scrollIntoView()
    this.pictures.querySelector('.frame').focus({ preventScroll: true })
  }
}

/** How much of a rectangle lies over another, in pixels of the screen. */
function shared(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return Math.max(0, width) * Math.max(0, height)
}

customElements.define('px-glance', Glance)
