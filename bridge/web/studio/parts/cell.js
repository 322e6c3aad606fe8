/** One picture of a contact sheet: its place, its progress and preview, itself; a click takes it. */
import { h } from '../dom.js'
import { fitting } from '../view/scale.js'
import { words } from '../words/en.js'

const said = words.pictures

/** The cell of a job; `take(cell)` is called by a click on its picture, `cancel(cell)` by its cross. */
export class Cell {
  constructor(id, number, { take, cancel }) {
    Object.assign(this, { id, number, job: null, blob: null })
    this.image = h('img', { alt: '', class: 'pixels', hidden: true })
    this.about = h('span', { class: 'about' }, said.waits)
    this.bar = h('progress', { max: 100, 'aria-label': said.progress(number) })
    this.button = h('button', { class: 'take', disabled: true, 'aria-label': said.take(number), onclick: () => take(this) }, this.image)
    fitting(this.image)
    this.cross = h('button', { class: 'icon cross', 'aria-label': said.cancelOne(number), title: said.cancel, onclick: () => cancel(this) }, '×')
    this.element = h('li', { class: 'cell', 'data-state': 'waits' }, this.button, this.about, this.bar, this.cross)
  }

  /** Whether it waits or is drawn. */
  get open() {
    return ['waits', 'draws'].includes(this.element.dataset.state)
  }

  /** What is said of the job now. */
  show(job) {
    this.job = job
    if (job.status === 'processing') this.draws(job)
    if (job.status === 'failed') this.fails(job.error)
  }

  /** Which place it has among all jobs that wait. */
  place(place) {
    if (this.element.dataset.state === 'waits') this.about.textContent = place ? said.place(place) : said.waits
  }

  draws({ progress, previewUrl }) {
    this.element.dataset.state = 'draws'
    this.bar.value = progress
    this.about.textContent = said.percent(progress)
    if (previewUrl) this.picture(previewUrl)
  }

  fails(sentence) {
    this.element.dataset.state = 'failed'
    this.about.textContent = sentence
    this.over()
  }

  /** The finished picture. */
  fill(blob) {
    this.blob = blob
    this.element.dataset.state = 'done'
    this.about.textContent = ''
    this.picture(URL.createObjectURL(blob))
    this.button.disabled = false
    this.over()
  }

  picture(url) {
    this.forget()
    this.image.src = url
    this.image.hidden = false
  }

  /** Let the browser free a picture that nobody sees any more. */
  forget() {
    if (this.image.src.startsWith('blob:')) URL.revokeObjectURL(this.image.src)
  }

  over() {
    this.bar.remove()
    this.cross.remove()
  }

  /** Show whether it is the one that was taken. */
  mark(chosen) {
    this.button.setAttribute('aria-pressed', chosen)
  }
}
