/** One's own jobs that wait or run, those of other tabs and apps too: their places, and a way to cancel each. */
import { h } from '../dom.js'
import { cancel, jobs } from '../pictures/jobs.js'
import { state } from '../state.js'
import { words } from '../words/en.js'

const said = words.pictures

class Queue extends HTMLElement {
  prompts = new Map()
  shown = ''

  connectedCallback() {
    this.list = h('ol', { class: 'queue' })
    this.all = h('button', { class: 'quiet', onclick: () => this.cancelAll() }, said.cancelAll)
    const head = h('div', { class: 'row' }, h('h3', {}, said.queue), h('span', { class: 'gap' }), this.all)
    this.append(h('section', { class: 'stack tight', 'aria-label': said.queue }, head, this.list))
    this.hidden = true
  }

  /** Show what GET /queue/places told; `own` are the ids of the pictures above, which say it themselves. */
  async show({ running, waiting }, own) {
    const open = [...(running ? [{ id: running, place: 0 }] : []), ...waiting]
    this.hidden = !open.length
    const text = JSON.stringify([open, [...own]])
    if (text === this.shown) return
    this.shown = text
    if (open.some(({ id }) => !this.prompts.has(id))) await this.learn()
    this.open = open
    this.list.replaceChildren(...open.map((each) => this.row(each, own)))
  }

  async learn() {
    for (const { id, prompt } of await jobs()) this.prompts.set(id, prompt)
  }

  row({ id, place }, own) {
    const prompt = this.prompts.get(id) || said.untitled
    const where = place ? said.place(place) : said.running
    const button = h('button', { 'aria-label': said.cancelNamed(prompt), onclick: () => this.cancel([id]) }, said.cancel)
    return h('li', { 'data-own': own.has(id) }, h('span', { class: 'prompt', dir: 'auto' }, prompt), h('span', { class: 'soft' }, where), button)
  }

  cancelAll() {
    this.cancel(this.open.map(({ id }) => id).reverse()) // the last first, so that none begins meanwhile
  }

  async cancel(ids) {
    for (const id of ids) await cancel(id).catch((error) => error.status === 409 || state.trouble(error.message, 'words'))
  }
}

customElements.define('px-queue', Queue)
