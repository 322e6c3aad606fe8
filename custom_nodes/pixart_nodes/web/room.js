// A node that gets larger, by a picture, swatches or a report, moves those below it down, so that none is covered.
import { app } from '../../scripts/app.js'

const TITLE = 30 // pixels above a node's place
const GAP = 20 // the most pixels that stay between two nodes, else as many as there were
const SLACK = 40 // by which Nodes 2.0 may show a node higher than its workflow says
const FRAME = 10 // pixels of a group below its last node
const LOOKS = [0, 200, 1000] // milliseconds after which a node is measured: Nodes 2.0 of a busy browser shows what is new some frames later

const roomy = new WeakMap() // of nodes: the height for which there is room; who moves a node back over another wants it there
const heights = new WeakMap() // of nodes: the height before a widget or a picture made the node larger

/** Notes how high a new node is, once its workflow has said it. */
export function measure(node) {
  queueMicrotask(() => heights.has(node) || heights.set(node, node.size[1]))
}

/** Makes a node at least so large, once it is drawn with room for it below. */
export function grow(node, [width, height]) {
  if (!heights.has(node)) heights.set(node, node.size[1])
  const larger = [Math.max(width, node.size[0]), Math.max(height, node.size[1])]
  if (larger[0] !== node.size[0] || larger[1] !== node.size[1]) node.setSize(larger)
  node.setDirtyCanvas?.(true, true)
  for (const wait of LOOKS) setTimeout(() => requestAnimationFrame(() => look(node)), wait)
}

/** Makes room where a node is higher than there is room for. */
function look(node) {
  if (!node.graph || staysPut(node)) return
  const now = bottom(node) - node.pos[1]
  if (now <= (roomy.get(node) ?? 0)) return
  roomy.set(node, now)
  makeRoom(node)
}

const onPage = node => node.graph === app.canvas.graph && document.querySelector(`[data-node-id="${node.id}"]`)

/** Whether the page goes on showing nodes where they were: Nodes 2.0 of front ends before 1.58, whose fields know no visibility. */
const staysPut = node => onPage(node) && !node.widgets.some(each => 'visibility' in each)

/** The place below a node at which another may begin; Nodes 2.0 measures on the page. */
function bottom(node) {
  if (node.flags?.collapsed) return node.pos[1]
  const shown = onPage(node)
  return node.pos[1] + Math.max(node.size[1], shown ? shown.offsetHeight - TITLE : 0)
}

const top = node => node.pos[1] - TITLE

const areAbove = (one, other) => one.pos[0] < other.pos[0] + other.size[0] && other.pos[0] < one.pos[0] + one.size[0]

function makeRoom(node) {
  const before = node.pos[1] + heights.get(node)
  const moved = [{ node, before, now: bottom(node), by: 0 }]
  const groups = (node.graph.groups ?? []).map(group => ({ group, inside: node.graph.nodes.filter(each => isIn(group, each)) }))
  const others = node.graph.nodes.filter(each => each !== node && !each.flags?.pinned && top(each) >= before - SLACK)
  for (const each of others.sort((one, other) => top(one) - top(other))) {
    const over = moved.filter(one => areAbove(one.node, each) && top(each) >= one.before - SLACK)
    const free = Math.max(...over.map(one => one.now + Math.min(GAP, Math.max(0, top(each) - one.before))))
    const by = Math.ceil(free - top(each))
    if (!(by > 0)) continue
    const was = bottom(each)
    each.pos = [each.pos[0], each.pos[1] + by]
    moved.push({ node: each, before: was, now: was + by, by })
  }
  const change = each => moved.find(one => one.node === each)
  for (const { group, inside } of groups) if (inside.some(change)) fit(group, inside.map(each => change(each) ?? { node: each, by: 0 }))
  node.setDirtyCanvas?.(true, true)
}

/** Whether a node begins within a group. */
const isIn = ({ pos: [x, y], size: [width, height] }, { pos }) =>
  pos[0] >= x && pos[0] <= x + width && pos[1] >= y && pos[1] <= y + height

/** Moves a group as far as all its nodes have moved, and lets it reach below them. */
function fit(group, inside) {
  const by = Math.min(...inside.map(each => each.by))
  if (by > 0) group.pos = [group.pos[0], group.pos[1] + by]
  const end = Math.max(...inside.map(each => bottom(each.node))) + FRAME
  if (end > group.pos[1] + group.size[1]) group.size = [group.size[0], end - group.pos[1]]
}
