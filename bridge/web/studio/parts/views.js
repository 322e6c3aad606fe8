/** On a phone, what shows: the sketch or its pixel art. */
import { h } from '../dom.js'
import { words } from '../words/en.js'

class Views extends HTMLElement {
  connectedCallback() {
    const group = h('div', { class: 'group', role: 'group', 'aria-label': words.views.label })
    this.buttons = ['sketch', 'result'].map((view) => h('button', { onclick: () => this.show(view) }, words.views[view]))
    group.append(...this.buttons)
    this.append(group)
    this.show('result')
  }

  show(view) {
    this.closest('main').dataset.view = view
    this.buttons.forEach((button, place) => button.setAttribute('aria-pressed', (place === 0) === (view === 'sketch')))
  }
}

customElements.define('px-views', Views)
