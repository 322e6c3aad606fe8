/**
 * The picture that Krita's and OpenRaster's files hold ready beside their layers: a PNG of that name in a ZIP (PKWARE,
 * APPNOTE 6.3.9, sections 4.3.7, 4.3.12 and 4.3.16).
 */
const MERGED = 'mergedimage.png'
const [END, ENTRY] = [0x06054b50, 0x02014b50] // signatures: of the end of the list of files, of a file in that list
const [STORED, DEFLATED] = [0, 8]

/** That picture as a blob, or null where the file has none. */
export async function merged(blob) {
  const view = new DataView(await blob.arrayBuffer())
  const entry = entries(view).find(({ name }) => name === MERGED)
  if (!entry || ![STORED, DEFLATED].includes(entry.method)) return null
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true)
  const data = blob.slice(start, start + entry.size)
  const stream = entry.method === STORED ? data.stream() : data.stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Blob([await new Response(stream).arrayBuffer()], { type: 'image/png' })
}

function entries(view) {
  const found = []
  let place = list(view)
  while (place !== null && place + 46 <= view.byteLength && view.getUint32(place, true) === ENTRY) {
    const [length, extra, comment] = [28, 30, 32].map((at) => view.getUint16(place + at, true))
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, place + 46, length))
    const [size, offset] = [20, 42].map((at) => view.getUint32(place + at, true))
    found.push({ name, method: view.getUint16(place + 10, true), size, offset })
    place += 46 + length + extra + comment
  }
  return found
}

/** Where the list of files begins, which the end of the ZIP says; null where this is none. */
function list(view) {
  for (let end = view.byteLength - 22; end >= 0; end--) if (view.getUint32(end, true) === END) return view.getUint32(end + 16, true)
  return null
}
