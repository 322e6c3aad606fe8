/** Everything about colours: those of the next drawing, ways to bring others, the built-in palettes, a contact sheet. */
import { h } from '../dom.js'
import { hasPast, undo } from '../palettes/present.js'
import './colors.js'
import './compare.js'
import './give.js'
import './shelf.js'

class Palettes extends HTMLElement {
  connectedCallback() {
    this.className = 'stack sections'
    this.addEventListener('keydown', (event) => this.shortcut(event))
    this.append(h('px-colors'), h('px-give'), h('px-compare'), h('px-shelf'))
  }

  /** Ctrl+Z takes back the last change of colours here, of the sketch elsewhere, and what was typed in a field of text. */
  shortcut(event) {
    const typed = event.target.matches('input:not([type=color])')
    if (typed || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== 'z') return
    event.preventDefault()
    event.stopPropagation()
    if (hasPast()) undo()
  }
}

customElements.define('px-palettes', Palettes)
