// What all our parts of the editor share: our nodes, their widgets, and changes that a person may undo.
import { app } from '../../scripts/app.js'
import { watch } from './watch.js'

/** Whether a node is of this pack. */
export const ours = node => node.comfyClass?.startsWith('Pixart')

/** A node's widget by its name. */
export const widget = (node, name) => node.widgets?.find(each => each.name === name)

/** The value of a node's field; '' where it comes over a link. */
export function field(node, name) {
  const linked = node.inputs?.find(input => input.widget?.name === name)?.link
  return linked == null ? String(widget(node, name)?.value ?? '') : ''
}

/** Gives a node's field a value, as if a person had typed it. */
export function setField(node, name, value) {
  const shown = widget(node, name)
  if (!shown || shown.value === value) return
  shown.value = value
  shown.callback?.(value, app.canvas, node)
}

const trackerNow = () => app.extensionManager?.workflow?.activeWorkflow?.changeTracker

/** Ends a change: it is one step of undo, and the node is drawn anew. */
export function changed(node) {
  node.setDirtyCanvas?.(true, true)
  const tracker = trackerNow()
  ;(tracker?.captureCanvasState ?? tracker?.checkState)?.call(tracker)
}

// A graph as undo knows it last.
function known(graph) {
  const state = trackerNow()?.activeState
  const root = app.rootGraph ?? app.graph
  if (!graph || state?.id !== root.id) return {} // that of another tab
  return (graph === root ? state : state.definitions?.subgraphs?.find(each => each.id === graph.id)) ?? {}
}

/** Makes a size or a place that followed by itself, as what a node shows needs it, no step of undo. */
export function amend(node, part) {
  const saved = known(node.graph).nodes?.find(each => String(each.id) === String(node.id) && each.type === node.type)
  if (saved && node.graph.getNodeById(node.id) === node) saved[part] = [...node[part]]
}

/** The same for the place and the size of a group. */
export function amendGroup(graph, group) {
  const saved = known(graph).groups?.find(each => each.id === group.id)
  if (saved) saved.bounding = [...group.pos, ...group.size]
}

/** An element with a class, attributes and children. */
export function element(tag, className, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes)
  made.className = className
  made.append(...children)
  return made
}

/** A widget of ours below a node's fields; it is no value of the node, neither in prompts nor in saved workflows. */
export function addWidget(node, name, content, height) {
  const made = node.addDOMWidget(name, 'pixart', content, {
    serialize: false,
    hideOnZoom: false,
    getMinHeight: height,
    getMaxHeight: height,
    getValue: () => undefined,
    setValue: () => {}
  })
  made.serialize = false // else it would be one more value of the node in saved workflows
  for (const event of ['pointerdown', 'wheel', 'contextmenu', 'dblclick'])
    content.addEventListener(event, each => each.stopPropagation()) // else the canvas takes it too
  content.dataset.pixart = name
  watch(node, () => (content.isConnected ? 0 : Date.now()), lost => lost && mount(node, name, content))
  return made
}

// Nodes 2.0 of older front ends go on showing what a node had that had the same id before: after undo, for example.
function mount(node, name, content) {
  const place = `[data-node-id="${node.id}"] [data-pixart="${name}"]`
  if (node.graph === app.canvas.graph) document.querySelector(place)?.replaceWith(content)
}

/** Puts our styles into the page. */
export function addStyles() {
  const href = new URL('pixart.css', import.meta.url).href
  if (document.querySelector(`link[href="${href}"]`)) return
  document.head.append(element('link', '', { rel: 'stylesheet', href }))
}
