/** How a picture shows when it is taken: two buttons, above each sheet of pictures, which hears `way` of a change. */
import { h } from '../dom.js'
import { choose, way, WAYS } from '../pictures/take.js'
import { words } from '../words/en.js'

const said = words.pictures

class Ways extends HTMLElement {
  connectedCallback() {
    this.className = 'row'
    const group = h('div', { class: 'group', role: 'group', 'aria-label': said.takeAs })
    this.buttons = WAYS.map((name) => h('button', { 'data-way': name, onclick: () => this.choose(name) }, said.ways[name]))
    group.append(...this.buttons)
    this.append(h('span', { class: 'soft small' }, said.takeAs), group)
    this.show()
  }

  choose(name) {
    choose(name)
    this.show()
    this.dispatchEvent(new CustomEvent('way', { bubbles: true }))
  }

  show() {
    for (const button of this.buttons) button.setAttribute('aria-pressed', button.dataset.way === way())
  }
}

customElements.define('px-ways', Ways)
