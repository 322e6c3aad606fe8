/** The contact sheet of the last words: each picture with its place, progress and preview; a click takes it. */
import { rest, up } from '../api.js'
import { h } from '../dom.js'
import { begin, cancel, follow, pictureOf, places, whole } from '../pictures/jobs.js'
import { state } from '../state.js'
import { giveBack, hasBefore, isFree, take } from '../pictures/take.js'
import { words } from '../words/en.js'
import { Cell } from './cell.js'
import './queue.js'
import './ways.js'

const said = words.pictures
const KEPT = 'pixart.batch'
const LOOK = 1500 // milliseconds between two questions about places

class Batch extends HTMLElement {
  cells = []
  prompt = ''

  connectedCallback() {
    this.className = 'stack'
    this.sheet = h('ul', { class: 'contacts', 'aria-label': said.sheet })
    this.back = h('button', { onclick: giveBack }, said.back)
    this.queue = h('px-queue')
    this.ways = h('px-ways', { onway: () => this.chosen && this.take(this.chosen) })
    this.append(this.ways, this.sheet, this.back, this.queue)
    this.stop = state.on('source', () => this.mark())
    this.recall()
    this.watch()
  }

  disconnectedCallback() {
    this.stop()
    this.ender?.abort()
    this.ended = true
  }

  /** The pictures of the page that was open last, this tab's first: their jobs went on. */
  recall() {
    const kept = sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT)
    const { ids = [], prompt = '' } = JSON.parse(kept ?? '{}')
    this.anew(prompt)
    ids.forEach((id) => this.add(id))
  }

  /** Ask for so many pictures. Throws Refusal where the server takes none. */
  async draw(request, count) {
    this.anew(request.body.prompt)
    const { signal } = this.ender
    for (let number = 0; number < count; number++) {
      const { seed } = request.body
      const body = seed === undefined ? request.body : { ...request.body, seed: seed + number }
      this.add(await begin({ ...request, body }, signal))
      this.keep()
    }
  }

  anew(prompt) {
    this.ender?.abort()
    this.ender = new AbortController()
    this.cells.forEach((cell) => cell.forget())
    Object.assign(this, { cells: [], chosen: null, prompt, line: Promise.resolve() })
    this.sheet.replaceChildren()
    this.mark()
  }

  keep() {
    const kept = JSON.stringify({ ids: this.cells.map(({ id }) => id), prompt: this.prompt })
    for (const place of [sessionStorage, localStorage]) place.setItem(KEPT, kept)
  }

  add(id) {
    const cell = new Cell(id, this.cells.length + 1, { take: (each) => this.take(each), cancel: (each) => this.cancel(each) })
    this.cells.push(cell)
    this.sheet.append(cell.element)
    this.mark()
    const { signal } = this.ender
    this.line = this.line.then(() => this.follow(cell, signal)) // in the order in which they are drawn: one stream for all
  }

  async follow(cell, signal) {
    if (signal.aborted) return
    try {
      await this.followed(cell, signal)
    } catch (error) {
      if (!signal.aborted) cell.fails(error.status === 404 ? said.gone : error.message)
    }
  }

  async followed(cell, signal) {
    for await (const job of follow(cell.id, signal)) cell.show(job)
    if (cell.job?.status !== 'completed') return
    cell.fill(await pictureOf(cell.id, signal))
    this.dispatchEvent(new CustomEvent('picture', { bubbles: true }))
    if (this.cells[0] === cell && this.fresh && isFree()) this.take(cell)
    this.fresh = false
  }

  async take(cell) {
    this.chosen = cell
    await take(cell.job, cell.blob, this.prompt.slice(0, 60) || said.untitled)
    this.mark()
  }

  async cancel(cell) {
    cell.cross.disabled = true
    try {
      await cancel(cell.id)
      if (cell.open) cell.show(await whole(cell.id))
    } catch (error) {
      if (error.status !== 409) state.trouble(error.message, 'words') // 409: it has just ended
    }
    cell.cross.disabled = false
  }

  /** Show which was taken, and the way back. */
  mark() {
    this.ways.hidden = !this.cells.length
    this.back.hidden = !hasBefore()
    for (const cell of this.cells) cell.mark(cell === this.chosen)
  }

  /** Look at the places of one's own jobs while anything waits, and nobody looks elsewhere. */
  async watch() {
    while (!this.ended) {
      await up()
      if (!document.hidden && this.checkVisibility()) await this.look().catch(() => null)
      await rest(LOOK)
    }
  }

  async look() {
    const told = await places()
    const ranks = new Map(told.waiting.map(({ id, place }) => [id, place]))
    for (const cell of this.cells) cell.place(ranks.get(cell.id))
    await this.queue.show(told, new Set(this.cells.map(({ id }) => id)))
  }
}

customElements.define('px-batch', Batch)
