/** The result, small, on a bar at the foot of a page that doesn't show it large: what a panel or a stroke changes shows there. */
import { h } from '../dom.js'
import { state } from '../state.js'
import { pixelsOf } from '../view/pixels.js'
import { fit, fitting } from '../view/scale.js'
import { aspectOf } from '../view/screen.js'
import { words } from '../words/en.js'

class Glance extends HTMLElement {
  connectedCallback() {
    this.canvas = h('canvas', { class: 'chequers' })
    this.size = h('span', { class: 'soft small' })
    const picture = h('span', { class: 'well' }, this.canvas)
    this.append(h('button', { onclick: () => this.go() }, picture, h('span', { class: 'grow' }, words.views.glance), this.size))
    fitting(this.canvas)
    this.pictures = document.querySelector('px-live')
    new IntersectionObserver(([seen]) => (this.hidden = seen.isIntersecting)).observe(this.pictures)
    state.on('result', () => this.show())
    if (state.get('result')) this.show()
  }

  async show() {
    const result = state.get('result')
    if (!result) return
    const [pixels, aspect] = await Promise.all([pixelsOf(result.blob), aspectOf(result)])
    if (result !== state.get('result')) return
    Object.assign(this.canvas, { width: pixels.width, height: pixels.height }).dataset.aspect = aspect
    this.canvas.getContext('2d').putImageData(pixels, 0, 0)
    this.size.textContent = words.look.screen(pixels.width, pixels.height)
    fit(this.canvas)
  }

  go() {
    document.querySelector('px-views').show('result')
    this.pictures.scrollIntoView()
    this.pictures.querySelector('.frame').focus({ preventScroll: true })
  }
}

customElements.define('px-glance', Glance)
