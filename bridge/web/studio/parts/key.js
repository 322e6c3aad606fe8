/** Asks for the API key where the server wants one. It goes into this tab's memory only, and out in a header only. */
import { h } from '../dom.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

class Key extends HTMLElement {
  connectedCallback() {
    const said = words.key
    this.input = h('input', { type: 'password', autocomplete: 'off', required: true, 'aria-describedby': 'key-about' })
    const title = h('h2', { id: 'key-title' }, said.title)
    this.reason = h('p', { role: 'status' })
    const about = h('p', { class: 'soft', id: 'key-about' }, said.about)
    const buttons = [h('button', { class: 'main' }, said.enter), h('button', { type: 'button', onclick: () => this.dialog.close() }, said.later)]
    const form = h('form', { class: 'stack', onsubmit: (event) => this.take(event) }, title, this.reason, about)
    form.append(h('label', {}, said.label, this.input), h('div', { class: 'row' }, ...buttons))
    this.dialog = h('dialog', { 'aria-labelledby': 'key-title' }, form)
    this.append(this.dialog)
    state.on('link', () => state.get('link') === 'locked' && this.open())
    if (state.get('link') === 'locked') this.open()
  }

  /** Ask, and say why where the server has refused a key. */
  open() {
    const problem = state.get('problem')
    this.reason.textContent = problem?.about === 'key' ? problem.sentence : ''
    if (!this.dialog.open) this.dialog.showModal()
  }

  take(event) {
    event.preventDefault()
    const key = this.input.value.trim()
    this.input.value = ''
    this.dialog.close()
    state.set({ key, link: 'up' })
  }
}

customElements.define('px-key', Key)
