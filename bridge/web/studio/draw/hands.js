/**
 * Which pointers on the sheet draw, and which do something else: a palm beside a pen does nothing, two fingers that come
 * together zoom and move the sheet, the middle button moves it.
 */
const ERASER = 5 // the button that the Pointer Events standard gives to a pen's other end
const MIDDLE = 1
const TREMBLE = 12 // pixels of the screen that the first of two fingers moves before the second is there

export class Hands {
  #hand = null // the pointer that draws: its id, its kind, where it came, and whether it moved since
  #pinch = null // two fingers: where each is on the screen, by its id
  #grip = null // where the middle button was last

  /** `draws` has `begin(event, erases)`, `drag(event)`, `lift()`, and `drop()`, which forgets a stroke that was begun. */
  constructor(view, lens, draws) {
    Object.assign(this, { view, lens, draws })
    view.addEventListener('pointerdown', (event) => this.#press(event))
    view.addEventListener('pointermove', (event) => this.#move(event))
    for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, (event) => this.#lift(event))
    view.addEventListener('mousedown', (event) => event.button === MIDDLE && event.preventDefault()) // else the page scrolls by it
  }

  /** The stroke has ended otherwise. */
  free() {
    this.#hand = null
  }

  #press(event) {
    if (event.button === MIDDLE) this.#grip = place(event)
    else if (![0, ERASER].includes(event.button)) return
    event.preventDefault()
    this.view.setPointerCapture?.(event.pointerId)
    if (this.#grip || this.#pinch) return
    if (this.#isSecond(event)) return this.#zoom(event)
    if (this.#hand && !this.#gives(event)) return
    if (this.#hand) this.draws.drop()
    this.#hand = { id: event.pointerId, kind: event.pointerType, at: place(event), moved: false }
    this.draws.begin(event, event.button === ERASER)
  }

  /** Whether it is a finger beside one that has just come: they zoom, and what the first has drawn by then is gone. */
  #isSecond({ pointerType }) {
    return pointerType === 'touch' && this.#hand?.kind === 'touch' && !this.#hand.moved
  }

  #zoom(event) {
    const { id, at } = this.#hand
    this.draws.drop()
    this.#hand = null
    this.#pinch = new Map([[id, at], [event.pointerId, place(event)]])
    this.lens.pinch([...this.#pinch.values()])
  }

  /** Whether a pen gets the sheet where a finger was first, which was the palm then. */
  #gives({ pointerType }) {
    return pointerType === 'pen' && this.#hand.kind === 'touch'
  }

  #move(event) {
    if (this.#grip) return this.#pull(event)
    if (this.#pinch?.has(event.pointerId)) return this.#spread(event)
    if (this.#hand?.id !== event.pointerId) return
    const [x, y] = this.#hand.at
    this.#hand.moved ||= Math.hypot(event.clientX - x, event.clientY - y) > TREMBLE
    this.draws.drag(event)
  }

  #pull(event) {
    const [x, y] = this.#grip
    this.#grip = place(event)
    this.lens.move(event.clientX - x, event.clientY - y)
  }

  #spread(event) {
    this.#pinch.set(event.pointerId, place(event))
    if (this.#pinch.size === 2) this.lens.pinch([...this.#pinch.values()])
  }

  /** A finger that stays after the other was lifted does nothing until it is lifted too. */
  #lift({ pointerId, button, type }) {
    if (button === MIDDLE || type === 'pointercancel') this.#grip = null
    if (this.#pinch?.delete(pointerId)) {
      this.lens.release()
      if (!this.#pinch.size) this.#pinch = null
    }
    if (this.#hand?.id !== pointerId) return
    this.#hand = null
    this.draws.lift()
  }
}

const place = ({ clientX, clientY }) => [clientX, clientY]
