/** One's own pictures of words as the server keeps them, newest first: take, use the settings again, delete. */
import { isAway, up } from '../api.js'
import { h } from '../dom.js'
import { isOnMachine, jobs, pictureOf, remove, whole } from '../pictures/jobs.js'
import { state } from '../state.js'
import { adopt, take } from '../pictures/take.js'
import { settingsOf as tunedOf, titleOf } from '../pictures/kept.js'
import { lookOf } from '../tuned.js'
import { fitting } from '../view/scale.js'
import { aspectOf } from '../view/screen.js'
import { blobOf } from '../request.js'
import { words } from '../words/en.js'
import './ways.js'

const said = words.gallery
const PAGE = 24
const AHEAD = '400px'
const SURE = 4000 // milliseconds in which a second click deletes
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

class Gallery extends HTMLElement {
  cards = new Map()
  most = PAGE
  listed = []

  connectedCallback() {
    this.className = 'stack'
    this.list = h('ul', { class: 'gallery', 'aria-label': said.list })
    this.empty = h('p', { class: 'soft', hidden: true }, said.empty)
    this.more = h('button', { hidden: true, onclick: () => this.show(this.listed, this.most + PAGE) })
    this.append(this.head(), this.empty, this.list, this.more)
    const load = (seen) => seen.filter((each) => each.isIntersecting).forEach((each) => this.load(each.target))
    // Ahead, so that nobody waits while scrolling: on a phone the page scrolls, on a desk the panel.
    this.eye = new IntersectionObserver(load, { rootMargin: AHEAD, scrollMargin: AHEAD })
    this.stops = [state.on('tab key kept', () => state.get('tab') === 'gallery' && this.look())]
    this.stops.push(state.on('link', () => state.get('link') === 'up' && this.look()))
    this.look()
  }

  disconnectedCallback() {
    this.stops.forEach((stop) => stop())
    this.eye.disconnect()
  }

  head() {
    this.about = h('p', { class: 'soft small grow' }, said.about)
    const refresh = h('button', { class: 'quiet', onclick: () => this.look() }, said.refresh)
    this.ways = h('px-ways', { onway: () => this.chosen && this.take(this.chosen) })
    return h('div', { class: 'stack tight' }, h('div', { class: 'row' }, this.about, refresh), this.ways)
  }

  /** Ask what there is now. */
  async look() {
    this.about.textContent = [said.about, state.get('key') && said.keyed].filter(Boolean).join(' ')
    this.ways.show()
    await up()
    try {
      this.show(await jobs(), this.most)
      state.solved('gallery')
    } catch (error) {
      if (!isAway(error)) state.trouble(error.message, 'gallery')
    }
  }

  show(listed, most) {
    Object.assign(this, { listed, most })
    const shown = listed.slice(0, most)
    const cards = shown.map((job) => this.card(job))
    this.list.replaceChildren(...cards)
    this.empty.hidden = listed.length > 0
    this.ways.hidden = !listed.length
    this.more.hidden = listed.length <= most
    this.more.textContent = said.more(Math.min(PAGE, listed.length - most))
  }

  /** The card of a job: the one that is there already, where it says the same. */
  card(job) {
    const known = this.cards.get(job.id)
    if (known?.status === job.status) return known.element
    const prompt = titleOf(job)
    const image = h('img', { class: 'pixels', alt: '', hidden: true })
    const button = h('button', { class: 'take', disabled: true, 'aria-label': said.of(prompt), onclick: () => this.take(job) }, image)
    fitting(image)
    const about = h('span', { class: 'soft small' }, said.states[job.status] ?? date.format(new Date(job.createdAt)))
    const element = h('li', { 'data-id': job.id, 'data-state': job.status }, button, h('span', { class: 'prompt', dir: 'auto', title: prompt }, prompt), about)
    if (job.error) about.textContent = job.error
    element.append(h('div', { class: 'row' }, this.reuse(job, prompt), this.remove(job, prompt)))
    this.cards.set(job.id, { status: job.status, element, job, image, button, about })
    if (job.status === 'completed') this.eye.observe(element)
    return element
  }

  async load(element) {
    this.eye.unobserve(element)
    const card = this.cards.get(element.dataset.id)
    try {
      card.blob = await pictureOf(card.job.id)
      card.image.dataset.aspect = await aspectOf({ blob: card.blob, files: isOnMachine(card.job) })
      Object.assign(card.image, { src: URL.createObjectURL(card.blob), hidden: false })
      card.button.disabled = false
    } catch (error) {
      if (error.status === 404 || error.status === 410) card.about.textContent = said.gone
      else this.eye.observe(element)
    }
  }

  take(job) {
    this.chosen = job
    return take(job, this.cards.get(job.id).blob, titleOf(job).slice(0, 60))
  }

  reuse(job, prompt) {
    return h('button', { 'aria-label': said.reuseOf(prompt), onclick: () => this.again(job) }, said.reuse)
  }

  /** Set everything as the job had it, its seed too where that was left to chance, and the sketch that it drew over. */
  async again(job) {
    try {
      const { request } = await whole(job.id)
      const look = tunedOf(request)
      if (!look) state.tune(settingsOf(request, job))
      if (request.initImage?.startsWith('data:')) await adopt(blobOf(request.initImage), titleOf(job))
      if (look) state.tune(look) // afterwards, since opening a picture says whether it is of paper
      state.set({ tab: look ? 'look' : 'words' })
      state.solved('gallery')
    } catch (error) {
      state.trouble(error.message, 'gallery')
    }
  }

  remove(job, prompt) {
    const over = job.status === 'completed' || job.status === 'failed'
    const button = h('button', { class: 'quiet', disabled: !over, 'aria-label': said.removeOf(prompt) }, said.remove)
    let sure = false
    button.addEventListener('click', () => {
      if (sure) return this.gone(job)
      sure = true
      button.textContent = said.sure
      setTimeout(() => ((sure = false), (button.textContent = said.remove)), SURE)
    })
    return button
  }

  async gone(job) {
    try {
      await remove(job.id)
    } catch (error) {
      if (error.status !== 404) return state.trouble(error.message, 'gallery')
    }
    const next = this.cards.get(job.id).element.nextElementSibling
    this.show(this.listed.filter(({ id }) => id !== job.id), this.most)
    const heir = next ?? this.list.lastElementChild
    heir?.querySelector('.row button').focus()
  }
}

/** The studio's settings of a request; what the request left to its workflow is so again. */
function settingsOf(request, { seed }) {
  const { prompt = '', negativePrompt = '', workflow = '', model = '', steps = null, pixart } = request
  const { palette = '', colorPalette = [], ownColors = 0, dither = '', method = '', metric = '' } = request
  const isSized = request.width && (pixart || workflow.includes('pixel'))
  const size = isSized ? { width: request.width, height: request.height } : {}
  const hand = { snap: Boolean(request.snap), clean: Boolean(request.clean), outline: request.outline ?? '' }
  const fields = { palette, colors: Object.freeze(colorPalette), ownColors, dither, method, metric, ...hand }
  const look = { ...(pixart ? lookOf(pixart) : fields), ...size }
  return { prompt, negative: negativePrompt, mode: workflow, model, steps, seed: seed ?? null, ...look }
}

customElements.define('px-gallery', Gallery)
