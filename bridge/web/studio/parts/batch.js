/** The contact sheet of the last words: each picture with its place, progress and preview; a click takes it. */
import { rest, up } from '../api.js'
import { h } from '../dom.js'
import { keep as keepLarge, kept as keptLarge } from '../keep.js'
import { alone } from '../memory.js'
import { look } from '../offers.js'
import { begin, cancel, follow, pictureOf, places, whole } from '../pictures/jobs.js'
import { fresh } from '../request.js'
import { keep, kept, state } from '../state.js'
import { giveBack, hasBefore, isFree, take } from '../pictures/take.js'
import { words } from '../words/en.js'
import { Cell } from './cell.js'
import './queue.js'
import './ways.js'

const said = words.pictures
const KEPT = 'pixart.batch'
const REST = 'rest' // under which the pictures are kept that weren't asked for yet
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
    const { ids = [], prompt = '', name = '' } = kept('session', KEPT) ?? kept('local', KEPT) ?? {}
    this.anew(prompt, name)
    ids.forEach((id) => this.add(id))
    this.goOn(name).catch((error) => error.name !== 'AbortError' && state.trouble(error.message, 'words'))
  }

  /** Ask for those that a page which was closed hadn't asked for, unless it is another one that still does. */
  async goOn(name) {
    const rest = await keptLarge(REST)
    if (!rest || rest.name !== name) return
    await alone(name, { ifAvailable: true }, (lock) => lock && this.post(rest))
  }

  /** Ask for so many pictures. Throws Refusal where the server takes none. */
  async draw(request, count) {
    const name = fresh('batch-')
    this.anew(request.body.prompt, name)
    this.keep()
    await alone(name, {}, () => this.post({ name, request, number: 0, count }))
  }

  /**
   * Ask for the pictures from one number on. What is left is kept until it is asked for, or refused. Each has a name, so that
   * one whose answer a page didn't live to hear is the same job when the next page asks for it.
   */
  async post({ name, request, number, count }) {
    const { signal } = this.ender
    const { seed } = request.body
    try {
      for (; number < count; number++) {
        await keepLarge(REST, { name, request, number, count })
        const body = seed === undefined ? request.body : { ...request.body, seed: seed + number }
        this.add(await begin({ ...request, body }, signal, `${name}-${number}`))
        this.keep()
      }
    } finally {
      if (this.name === name) await keepLarge(REST, null)
    }
  }

  anew(prompt, name) {
    this.ender?.abort()
    this.ender = new AbortController()
    this.cells.forEach((cell) => cell.forget())
    Object.assign(this, { cells: [], chosen: null, prompt, name, line: Promise.resolve() })
    this.sheet.replaceChildren()
    this.mark()
  }

  keep() {
    const batch = { ids: this.cells.map(({ id }) => id), prompt: this.prompt, name: this.name }
    for (const place of ['session', 'local']) keep(place, KEPT, batch)
  }

  add(id) {
    if (this.cells.some((cell) => cell.id === id)) return // the page before had its answer
    const cell = new Cell(id, this.cells.length + 1, { take: (each) => this.take(each), cancel: (each) => this.cancel(each) })
    this.cells.push(cell)
    this.sheet.append(cell.element)
    this.mark()
    if (this.fresh && this.cells[0] === cell) cell.element.scrollIntoView({ block: 'nearest' }) // asked for a moment ago
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
    if (this.cells.some(({ open }) => open)) look()
    const told = await places()
    const ranks = new Map(told.waiting.map(({ id, place }) => [id, place]))
    for (const cell of this.cells) cell.place(ranks.get(cell.id))
    await this.queue.show(told, new Set(this.cells.map(({ id }) => id)))
  }
}

customElements.define('px-batch', Batch)
