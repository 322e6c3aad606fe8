// Gives a workflow of ours that says no view one in which its notes can be read: by itself the editor leaves so much room
// around that the classic renderer shows no texts. With Nodes 2.0, front ends about 1.32 scatter the nodes besides, because
// they measure them on the screen while that view is still on its way.
import { app } from '../../scripts/app.js'

const SPREAD = 1.2 // by which Nodes 2.0 of such front ends moves the nodes of a workflow of the classic editor apart,
const FROM = -10 // from this place, across and down
const MENUS = { left: 64, top: 64, right: 16, bottom: 24 } // pixels of the window that are under menus, at least
const NAMES = '.subgraph-breadcrumb, [data-testid="subgraph-breadcrumb"], .workflow-tabs-container' // the lowest menus above
const GAP = 8 // pixels between them and a node
const READABLE = 0.58 // scale from which on the classic renderer writes texts: 8 of 14 pixels
const SHRUNK = 0.45 // a workflow of which so little would show at that scale is shown whole
const TITLE = 30 // pixels above a node's place

const setting = name => app.extensionManager?.setting.get(name)

const isOurs = ({ nodes }) => nodes?.some(({ type }) => type?.startsWith('Pixart'))

const isNew = () => setting('Comfy.VueNodes.Enabled')

/** The box around all nodes and groups as left, top, width and height. */
function bounds({ nodes, groups = [], extra }) {
  const boxes = nodes.map(({ pos, size }) => [pos[0], pos[1] - TITLE, pos[0] + size[0], pos[1] + size[1]])
  for (const { bounding: [x, y, width, height] } of groups) boxes.push([x, y, x + width, y + height])
  const [left, top] = [0, 1].map(side => Math.min(...boxes.map(box => box[side])))
  const [right, bottom] = [2, 3].map(side => Math.max(...boxes.map(box => box[side])))
  const isSpread = isNew() && setting('Comfy.VueNodes.AutoScaleLayout') && extra?.workflowRendererVersion !== 'Vue'
  const spread = isSpread ? SPREAD : 1
  const [x, y] = [left, isSpread ? top - TITLE : top].map(each => FROM + spread * (each - FROM))
  return [x, y, spread * (right - left), spread * (bottom - top)]
}

/** Pixels of the canvas that are under the menus above: a banner puts them lower. */
function menusAbove(canvas) {
  const ends = [...document.querySelectorAll(NAMES)].map(each => each.getBoundingClientRect().bottom + GAP)
  return Math.max(MENUS.top, ...ends.map(end => end - canvas.getBoundingClientRect().top))
}

/** Scale and offset as the editor keeps them. */
function viewOf(graph) {
  const [left, top, width, height] = bounds(graph)
  const { canvas } = app.canvas
  const { clientWidth, clientHeight } = canvas
  const above = menusAbove(canvas)
  const [wide, high] = [clientWidth - MENUS.left - MENUS.right, clientHeight - above - MENUS.bottom]
  const whole = Math.min(1, wide / width, high / height)
  const scale = whole < SHRUNK || isNew() ? whole : Math.max(whole, READABLE)
  const room = [wide / scale - width, high / scale - height].map(each => Math.max(0, each / 2))
  return { scale, offset: [MENUS.left / scale + room[0] - left, above / scale + room[1] - top] }
}

app.registerExtension({
  name: 'Pixart.View',

  beforeConfigureGraph(graph) {
    if (graph.extra?.ds || !isOurs(graph)) return
    if (graph.nodes.every(({ pos, size }) => pos?.length && size?.length)) graph.extra = { ...graph.extra, ds: viewOf(graph) }
  }
})
