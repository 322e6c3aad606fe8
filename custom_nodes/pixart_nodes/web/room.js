// A node that gets larger, by a picture, swatches or a report, moves those below it down and those beside it to the right, so
// that none is covered.
import { app } from '../../scripts/app.js'
import { amend, amendGroup } from './editor.js'

const [ACROSS, DOWN] = [0, 1]
const TITLE = 30 // pixels above a node's place
const GAP = 20 // the most pixels that stay between two nodes, else as many as there were
const SLACK = [0, 40] // by which Nodes 2.0 may show a node wider and higher than its workflow says
const FRAME = 10 // pixels of a group around its nodes
const LOOKS = [0, 200, 1000] // milliseconds after which a node is measured: Nodes 2.0 of a busy browser shows what is new some frames later

const roomy = new WeakMap() // of nodes: the size for which there is room; who moves a node back over another wants it there
const sizes = new WeakMap() // of nodes: the size before a widget or a picture made the node larger

/** Notes how large a new node is, once its workflow has said it. */
export function measure(node) {
  queueMicrotask(() => sizes.has(node) || sizes.set(node, [...node.size]))
}

/** Makes a node at least so large, once it is drawn with room for it. */
export function grow(node, [width, height]) {
  if (!sizes.has(node)) sizes.set(node, [...node.size])
  const larger = [Math.max(width, node.size[0]), Math.max(height, node.size[1])]
  if (larger[0] !== node.size[0] || larger[1] !== node.size[1]) node.setSize(larger), amend(node, 'size')
  node.setDirtyCanvas?.(true, true)
  for (const wait of LOOKS) setTimeout(() => requestAnimationFrame(() => look(node)), wait)
}

/** Makes room where a node is larger than there is room for. */
function look(node) {
  if (!node.graph || staysPut(node)) return
  const before = roomy.get(node) ?? [0, 0]
  for (const side of [ACROSS, DOWN]) {
    const now = end(node, side) - node.pos[side]
    if (now <= before[side]) continue
    before[side] = now
    makeRoom(node, side)
  }
  roomy.set(node, before)
}

const onPage = node => node.graph === app.canvas.graph && document.querySelector(`[data-node-id="${node.id}"]`)

/** Whether the page goes on showing nodes where they were: Nodes 2.0 of front ends before 1.58, whose fields know no visibility. */
const staysPut = node => onPage(node) && !node.widgets.some(each => 'visibility' in each)

/** The place below a node, or right of it, at which another may begin; Nodes 2.0 measures on the page. */
function end(node, side) {
  if (node.flags?.collapsed) return node.pos[side]
  const shown = onPage(node)
  const seen = shown ? [shown.offsetWidth, shown.offsetHeight - TITLE][side] : 0
  return node.pos[side] + Math.max(node.size[side], seen)
}

const start = (node, side) => node.pos[side] - (side === DOWN ? TITLE : 0)

/** Whether one node is in the way of another that moves along a side. */
function areInLine(one, other, side) {
  const across = 1 - side
  return start(one, across) < end(other, across) && start(other, across) < end(one, across)
}

function makeRoom(node, side) {
  const before = node.pos[side] + sizes.get(node)[side]
  const moved = [{ node, before, now: end(node, side), by: 0 }]
  const groups = (node.graph.groups ?? []).map(group => ({ group, inside: node.graph.nodes.filter(each => isIn(group, each)) }))
  const isBehind = (each, place) => start(each, side) >= place - SLACK[side]
  const others = node.graph.nodes.filter(each => each !== node && !each.flags?.pinned && isBehind(each, before))
  for (const each of others.sort((one, other) => start(one, side) - start(other, side))) {
    const place = start(each, side)
    const over = moved.filter(one => areInLine(one.node, each, side) && isBehind(each, one.before))
    const free = Math.max(...over.map(one => one.now + Math.min(GAP, Math.max(0, place - one.before))))
    const by = Math.ceil(free - place)
    if (!(by > 0)) continue
    const was = end(each, side)
    each.pos = [...each.pos].map((at, along) => (along === side ? at + by : at))
    amend(each, 'pos')
    moved.push({ node: each, before: was, now: was + by, by })
  }
  const change = each => moved.find(one => one.node === each)
  for (const { group, inside } of groups) {
    if (!inside.some(change)) continue
    fit(group, inside.map(each => change(each) ?? { node: each, by: 0 }), side)
    amendGroup(node.graph, group)
  }
  node.setDirtyCanvas?.(true, true)
}

/** Whether a node begins within a group. */
const isIn = ({ pos: [x, y], size: [width, height] }, { pos }) =>
  pos[0] >= x && pos[0] <= x + width && pos[1] >= y && pos[1] <= y + height

/** Moves a group as far as all its nodes have moved, and lets it reach around them. */
function fit(group, inside, side) {
  const by = Math.min(...inside.map(each => each.by))
  const last = Math.max(...inside.map(each => end(each.node, side))) + FRAME
  const [pos, size] = [[...group.pos], [...group.size]]
  if (by > 0) pos[side] += by
  size[side] = Math.max(size[side], last - pos[side])
  Object.assign(group, { pos, size })
}
