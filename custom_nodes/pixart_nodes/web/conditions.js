// Inputs that have no effect while the other fields are as they are go out of sight; their values stay.
import { app } from '../../scripts/app.js'
import { amend, ours, widget } from './editor.js'
import { watch } from './watch.js'

const KEY = 'pixart_effective'
const tables = new Map() // class of a node: inputs and the cases in each of which they have an effect

const slot = (node, name) => node.inputs?.find(each => (each.widget?.name ?? each.name) === name)

function passes(node, name, { is, not, linked }) {
  const over = slot(node, name)?.link != null
  if (linked !== undefined) return over === linked
  if (over) return true // what comes over a link isn't known yet
  const { value } = widget(node, name) ?? {}
  const plain = typeof value === 'string' ? value.trim() : value
  return is ? is.includes(plain) : !not.includes(plain)
}

// The errors that the last prompt had at a node; in a subgraph its id has the places of all that are around.
function errors(node) {
  const inner = node.graph?.isRootGraph === false
  const own = id => (inner ? id.endsWith(`:${node.id}`) : id === String(node.id))
  return Object.entries(app.lastNodeErrors ?? {}).find(([id]) => own(id))?.[1].errors ?? []
}

// A field in which something is wrong must be seen, and one that a link or a subgraph feeds has its socket.
function needed(node, name) {
  return slot(node, name)?.link != null || errors(node).some(each => each.extra_info?.input_name === name)
}

/** The names of the fields that have no effect as the node is now. */
function idle(node) {
  const inputs = Object.entries(tables.get(node.comfyClass))
  const effective = cases => cases.some(each => Object.entries(each).every(([name, test]) => passes(node, name, test)))
  return inputs.filter(([name, cases]) => !effective(cases) && !needed(node, name)).map(([name]) => name)
}

// Front ends before 1.58 show a hidden field in Nodes 2.0, and the oldest leave it its place on the canvas.
const older = one => !('visibility' in one)

function hide(node, names) {
  for (const name of Object.keys(tables.get(node.comfyClass))) {
    const one = widget(node, name)
    if (!one || !!one.hidden === names.includes(name)) continue
    one.hidden = !one.hidden
    if (older(one) && one.hidden) one.computeSize = () => [0, -4] // no room, and none to the next one
    else if (older(one)) delete one.computeSize
  }
  for (const [one, row] of rows(node)) row.style.display = one.hidden ? 'none' : ''
}

// There, what Nodes 2.0 show of a node's fields.
function rows(node) {
  const shown = (node.widgets ?? []).filter(each => each.type && !each.options?.hidden && !each.options?.canvasOnly)
  if (node.graph !== app.canvas?.graph || !shown.every(older)) return []
  const elements = [...document.querySelectorAll(`[data-node-id="${node.id}"] .lg-node-widget`)]
  if (elements.length === shown.length) return shown.map((each, at) => [each, elements[at]])
  // from about 1.40 on, advanced fields are folded away, and a row's socket has the number of its input
  return elements.map(row => [widgetOf(node, row), row]).filter(([one]) => one)
}

function widgetOf(node, row) {
  const key = row.querySelector('[data-slot-key]')?.dataset.slotKey
  return widget(node, node.inputs?.[key?.split('-in-')[1]]?.widget?.name)
}

const stale = node => rows(node).some(([one, row]) => !!one.hidden !== (row.style.display === 'none'))

// What the node has room for beside its fields, such as a picture, keeps its height.
function update(node, names) {
  const before = node.computeSize()[1]
  hide(node, names)
  const height = node.computeSize()[1]
  node.setSize([node.size[0], Math.max(height, node.size[1] + Math.min(0, height - before))])
  amend(node, 'size')
  node.setDirtyCanvas?.(true, true)
}

app.registerExtension({
  name: 'Pixart.Conditions',

  beforeRegisterNodeDef(_, { name, input }) {
    const cases = Object.entries({ ...input?.required, ...input?.optional }).map(([id, spec]) => [id, spec[1]?.[KEY]])
    const table = Object.fromEntries(cases.filter(each => each[1]))
    if (Object.keys(table).length) tables.set(name, table)
  },

  nodeCreated(node) {
    if (!ours(node) || !tables.has(node.comfyClass)) return
    const configured = node.onConfigure
    node.onConfigure = function () {
      const result = configured?.apply(this, arguments)
      hide(this, idle(this)) // its height is as it was saved
      return result
    }
    watch(node, () => idle(node), names => update(node, names))
    watch(node, () => stale(node), lost => lost && hide(node, idle(node)))
  }
})
