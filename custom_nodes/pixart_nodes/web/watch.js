// Values that change by a person, a loaded file, undo or another extension: no single event of the editor says all.
const EACH_MS = 200
const watches = new Map() // of nodes
let timer = null

/** Calls `changed(value)` whenever what `read()` gives is another one, at once after a change of the node's widgets. */
export function watch(node, read, changed) {
  const one = { read, changed, before: undefined }
  if (!watches.has(node)) begin(node)
  watches.get(node).push(one)
  check(one)
}

function begin(node) {
  watches.set(node, [])
  const removed = node.onRemoved
  node.onRemoved = function () {
    watches.delete(node)
    return removed?.apply(this, arguments)
  }
  for (const widget of node.widgets ?? []) hasten(node, widget)
  timer ??= setInterval(checkAll, EACH_MS)
}

function hasten(node, widget) {
  const { callback } = widget
  widget.callback = function () {
    queueMicrotask(() => watches.get(node)?.forEach(check)) // the value is set around the call
    return callback?.apply(this, arguments)
  }
}

function check(one) {
  const now = JSON.stringify(one.read())
  if (now === one.before) return
  one.before = now
  one.changed(JSON.parse(now ?? 'null'))
}

function checkAll() {
  if (!document.hidden) for (const all of watches.values()) all.forEach(check)
}
