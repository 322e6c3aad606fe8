/** Everything about colours: those of the next drawing, ways to bring others, the built-in palettes, a contact sheet. */
import { h } from '../dom.js'
import './colors.js'
import './compare.js'
import './give.js'
import './shelf.js'

class Palettes extends HTMLElement {
  connectedCallback() {
    this.className = 'stack sections'
    this.append(h('px-colors'), h('px-give'), h('px-compare'), h('px-shelf'))
  }
}

customElements.define('px-palettes', Palettes)
