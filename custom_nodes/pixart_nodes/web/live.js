// Quantize and Downscale show their result on themselves, anew with every change of a setting, without a run.
import { api } from '../../scripts/api.js'
import { app } from '../../scripts/app.js'
import { addStyles, addWidget, element } from './editor.js'
import { grow } from './room.js'
import { Viewer } from './viewer.js'
import { watch } from './watch.js'

const NODES = ['PixartQuantize', 'PixartDownscale']
const MOST_CHAIN = 8 // nodes before one another whose settings count
const EDGES = 24 // pixels of a widget left and right of the picture
const SLIDER = 20 // pixels

/** Asks ComfyUI for a preview; undefined where what comes into the node isn't known. */
async function preview(wish, signal) {
  const body = JSON.stringify({ client: api.clientId ?? '', ...wish })
  const response = await api.fetchApi('/pixart/preview', { method: 'POST', body, signal })
  if (response.status !== 200) return undefined
  return createImageBitmap(await response.blob())
}

/** The values of a node's fields and of those before it, by which a new preview is known to be needed. */
function settings(node, left = MOST_CHAIN) {
  const own = (node.widgets ?? []).filter(each => each.serialize !== false).map(each => each.value)
  if (!left || !node.graph) return own
  return [...own, ...(node.inputs ?? []).map((_, at) => node.getInputNode?.(at)).map(each => each && settings(each, left - 1))]
}

class Live {
  constructor(node) {
    this.node = node
    watch(node, () => settings(node), () => this.refresh())
  }

  /** Draws the node's result as its settings are now. */
  async refresh() {
    this.pending?.abort() // an older answer isn't wanted any more
    this.pending = new AbortController()
    const { signal } = this.pending
    try {
      const { output } = await app.graphToPrompt()
      const id = this.#id(output)
      if (!id || signal.aborted) return
      const wish = { prompt: output, node: id }
      const result = await preview(wish, signal)
      if (!result || signal.aborted) return
      this.#show(result)
      const original = await preview({ ...wish, original: true }, signal)
      if (original && !signal.aborted) this.#compare(original)
    } catch (error) {
      if (!signal.aborted) console.debug('Pixart: no preview', error) // a graph that can't be queued has none
    }
  }

  // In a subgraph the prompt's ids have the places of all that are around.
  #id(prompt) {
    const { id, comfyClass, graph } = this.node
    const known = key => prompt[key]?.class_type === comfyClass
    if (graph === app.graph) return known(id) ? String(id) : undefined
    return Object.keys(prompt).find(key => key.endsWith(`:${id}`) && known(key))
  }

  #show(result) {
    if (!this.viewer) this.#begin()
    this.viewer.show(result)
    const [width, height] = this.node.computeSize()
    grow(this.node, [Math.max(width, this.viewer.width() + EDGES), height])
  }

  #compare(original) {
    const { width, height } = original
    Object.assign(this.original, { width, height })
    this.original.getContext('2d').drawImage(original, 0, 0)
  }

  #begin() {
    this.viewer = new Viewer(() => this.node.size[0] - EDGES)
    this.original = element('canvas', 'pixart-original')
    this.viewer.canvas.after(this.original)
    const slider = element('input', 'pixart-slider', {
      type: 'range', min: 0, max: 100, value: 0, title: 'How much of the original is seen', ariaLabel: 'Original'
    })
    slider.addEventListener('input', () => this.original.style.setProperty('--seen', `${slider.value}%`))
    const root = element('div', 'pixart-live', {}, this.viewer.root, slider)
    addWidget(this.node, 'live', root, () => this.viewer.height() + SLIDER + 20)
    watch(this.node, () => this.node.size[0], () => this.viewer.fit())
  }
}

const lives = new Set()

app.registerExtension({
  name: 'Pixart.Live',

  setup() {
    addStyles()
    const begin = () => preview({}) // from now on what the nodes of this page get is kept
    api.addEventListener('reconnected', begin)
    api.addEventListener('execution_success', () => lives.forEach(each => each.node.graph && each.refresh()))
    if (api.clientId) return begin() // ComfyUI may have said it before this extension listens
    api.addEventListener('status', begin, { once: true })
  },

  nodeCreated(node) {
    if (!NODES.includes(node.comfyClass)) return
    const live = new Live(node)
    lives.add(live)
    const removed = node.onRemoved
    node.onRemoved = function () {
      lives.delete(live)
      return removed?.apply(this, arguments)
    }
  }
})
