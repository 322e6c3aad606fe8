// What a page tries that somebody happens to open: reads, writes and draws at `bridge` and `comfy`. Answers with what it got.
async target => {
  const got = []
  const note = what => got.push(what)
  const within = (ms, promise) => Promise.race([promise, new Promise(done => setTimeout(done, ms))])
  const read = async (name, url, options = {}) => {
    try {
      const answer = await fetch(url, options)
      if (answer.ok) note(`${name}: ${(await answer.text()).slice(0, 60)}`)
    } catch {} // what may not be read is an error
  }
  const blind = async (url, body, type = 'text/plain') => {
    try {
      await fetch(url, { method: 'POST', mode: 'no-cors', body, headers: { 'Content-Type': type } })
    } catch {} // whether it did something, the server knows
  }
  const socket = (name, url) =>
    within(
      3000,
      new Promise(done => {
        const open = new WebSocket(url)
        open.onmessage = () => done(note(`${name} spoke`))
        open.onerror = open.onclose = done
      })
    )
  const element = (name, tag, attributes) =>
    within(
      3000,
      new Promise(done => {
        const one = Object.assign(document.createElement(tag), attributes)
        one.onload = () => done(note(`${name} loaded`))
        one.onerror = done
        document.body.append(one)
      })
    )
  const form = (url, fields) => {
    const one = Object.assign(document.createElement('form'), { method: 'POST', action: url, target: 'sink', enctype: 'text/plain' })
    for (const [name, value] of Object.entries(fields)) one.append(Object.assign(document.createElement('input'), { name, value }))
    document.body.append(Object.assign(document.createElement('iframe'), { name: 'sink' }), one)
    one.submit()
  }

  const { bridge, comfy, prompt, sketch, job } = target
  const file = new FormData()
  file.append('image', new Blob(['evil']), 'evil.png')
  if (comfy) {
    await read('ComfyUI queue', `${comfy}/queue`)
    await read('ComfyUI history', `${comfy}/history`, { credentials: 'include' })
    await read('ComfyUI prompt', `${comfy}/prompt`, { method: 'POST', body: prompt })
    await blind(`${comfy}/prompt`, prompt)
    try {
      await fetch(`${comfy}/upload/image`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: file })
    } catch {}
    form(`${comfy}/prompt`, { [prompt.slice(0, -1) + ', "x": "']: '"}' })
    await socket('ComfyUI socket', comfy.replace('http', 'ws') + '/ws')
    await socket('ComfyUI line', comfy.replace('http', 'ws') + '/pixart/line')
    await element('ComfyUI picture', 'img', { src: `${comfy}/view?filename=own.png&type=input` })
    await element('ComfyUI script', 'script', { src: `${comfy}/extensions/pixart_nodes/pixart.js` })
  }
  if (bridge) {
    await read('jobs', `${bridge}/api/pixel-generation/jobs`)
    await read('status', `${bridge}/api/pixel-generation/status/${job}`)
    await read('drawing', `${bridge}/api/pixel-generation/generate`, { method: 'POST', body: sketch })
    await read('cancel', `${bridge}/api/pixel-generation/cancel/${job}`, { method: 'POST' })
    await read('health', `${bridge}/health`)
    await blind(`${bridge}/api/pixel-generation/generate`, sketch)
    await blind(`${bridge}/api/pixel-generation/cancel/${job}`, '')
    form(`${bridge}/api/pixel-generation/generate`, { [sketch.slice(0, -1) + ', "x": "']: '"}' })
    await element('picture', 'img', { src: `${bridge}/api/pixel-generation/result/${job}` })
    await within(
      3000,
      new Promise(done => {
        const events = new EventSource(`${bridge}/api/pixel-generation/events/${job}`)
        events.onmessage = () => done(note('events'))
        events.onerror = done
      })
    )
  }
  await new Promise(done => setTimeout(done, 500)) // for the forms
  return got
}
