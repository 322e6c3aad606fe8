/** The machines that draw, where a server has several: each with what it does, the line, and how many pictures end. */
import { ask, rest } from '../api.js'
import { h } from '../dom.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const said = words.fleet
const AGAIN = 3000 // milliseconds between two looks while the list is open
const SECONDS = 10 // after which it is worth saying how many pictures end in a minute

class Fleet extends HTMLElement {
  connectedCallback() {
    this.since = null
    state.on('key', () => this.look())
    this.look()
  }

  /** Ask how the machines are. A server says so to its operator only, and one that draws alone has none. */
  async look() {
    const { fleet, lost = [], jobs = {} } = await ask('health', { open: true }).catch(() => ({}))
    this.hidden = !fleet
    if (!fleet) return this.replaceChildren()
    if (!this.list) this.build()
    const now = performance.now() / 1000
    this.since ??= { at: now, completed: jobs.completed }
    const seconds = now - this.since.at
    const rate = seconds > SECONDS ? said.rate(Math.round(((jobs.completed - this.since.completed) * 60) / seconds)) : ''
    this.summary.textContent = said.summary(fleet.filter(({ up }) => up).length, fleet.length + lost.length)
    const rows = [...fleet.map((each) => row(each, each.draws ? 'draws' : each.up ? 'idle' : 'away')), ...lost.map((each) => row(each, 'lost'))]
    this.list.replaceChildren(...rows)
    this.line.textContent = [said.line(jobs.queued, jobs.running), rate].filter(Boolean).join(' ')
  }

  build() {
    this.summary = h('summary', { class: 'button quiet', title: said.about })
    this.list = h('ul', {})
    this.line = h('p', { class: 'soft' })
    this.details = h('details', { class: 'machines' }, this.summary, h('div', {}, this.list, this.line))
    this.details.addEventListener('toggle', () => this.follow())
    this.details.addEventListener('keydown', ({ key }) => key === 'Escape' && (this.details.open = false))
    this.append(this.details)
  }

  async follow() {
    while (this.details.open && this.isConnected) {
      await this.look()
      await rest(AGAIN)
    }
  }
}

/** One machine: its device, else its name, and what it does. */
function row({ name, device, version }, doing) {
  const about = h('span', { class: 'soft' }, said.states[doing])
  return h('li', { 'data-state': doing, title: `${name}, Pixart ${version}` }, h('span', {}, device || name), about)
}

customElements.define('px-fleet', Fleet)
