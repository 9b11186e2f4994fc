// The column of cards: newest first, at most 200 at a time, a few inserted in each frame.
import { cardElement } from './card.js'

/** @typedef {import('./card.js').Card} Card */
/** @typedef {{card: Card, element: Element}} Shown */

const shownMax = 200
const perFrame = 10
// Of a frame's 16 ms, for making cards; laying them out takes the rest.
const makingMs = 4

export class Feed {
  /** How many came while the feed was held. */
  fresh = 0
  /** There are older ones in the store. */
  more = false
  #held = false
  /** The newest of the store is among those shown. */
  #atTop = true
  #root
  #whole
  #changed
  /** @type {Shown[]} newest first */
  #shown = []
  /** @type {{card: Card, sinceMs: number}[]} oldest first */
  #queue = []
  #frame = 0
  /** @param {Card} _card */
  #matches = (_card) => true

  /**
   * @param {Element} root
   * @param {(id: string) => Promise<{text: string}>} whole
   * @param {() => void} changed
   */
  constructor(root, whole, changed) {
    this.#root = root
    this.#whole = whole
    this.#changed = changed
  }

  get size() {
    return this.#shown.length + this.#queue.length
  }
  get visible() {
    return this.#shown.some(({ element }) => !(/** @type {HTMLElement} */ (element).hidden))
  }
  get oldest() {
    return this.#shown.at(-1)?.card.id ?? ''
  }
  /** Newer cards than those shown must be fetched anew. */
  get stale() {
    return !this.#atTop
  }

  /** The newest page, in place of all. @param {Card[]} cards @param {boolean} more */
  reset(cards, more) {
    this.#root.replaceChildren()
    this.#shown = []
    this.#queue = []
    this.fresh = 0
    this.#atTop = true
    this.append(cards, more)
  }

  /** Older ones. @param {Card[]} cards @param {boolean} more */
  append(cards, more) {
    for (const card of cards) {
      if (this.#find(card.id)) continue
      const shown = this.#make(card)
      this.#shown.push(shown)
      this.#root.append(shown.element)
    }
    for (const { element } of this.#shown.splice(0, this.#shown.length - shownMax)) {
      this.#atTop = false
      element.remove()
    }
    this.more = more
    this.#changed()
  }

  /** @param {Card} card @param {number} elapsedMs from its beginning to now */
  arrive(card, elapsedMs) {
    const shown = this.#find(card.id)
    const waiting = this.#queue.find((arrival) => arrival.card.id === card.id)
    if (shown) this.#redraw(shown, { ...card, screenMs: shown.card.screenMs })
    else if (waiting) waiting.card = card
    else {
      this.#queue.push({ card, sinceMs: performance.now() - elapsedMs })
      // All that is shown will make room for those that wait; so will the oldest of these.
      this.#queue.splice(0, this.#queue.length - shownMax)
      if (this.#held || !this.#atTop) this.fresh++
      this.#flushSoon()
      this.#changed()
    }
  }

  /** Held, new cards wait. @param {boolean} held */
  hold(held) {
    this.#held = held
    if (!held) {
      this.fresh = 0
      this.#flushSoon()
    }
    this.#changed()
  }

  /** @param {(card: Card) => boolean} matches */
  filter(matches) {
    this.#matches = matches
    for (const { card, element } of this.#shown) element.toggleAttribute('hidden', !matches(card))
    this.#changed()
  }

  /** All anew, a few in each frame: the language has changed. */
  redraw() {
    const left = [...this.#shown]
    const step = () => {
      for (const shown of left.splice(0, perFrame)) this.#redraw(shown, shown.card)
      if (left.length > 0) requestAnimationFrame(step)
    }
    step()
  }

  #flushSoon() {
    if (this.#held || !this.#atTop) return
    this.#frame ||= requestAnimationFrame(() => this.#flush())
  }

  #flush() {
    this.#frame = 0
    if (this.#held || !this.#atTop) return
    const began = performance.now()
    /** @type {Shown[]} */
    const drawn = []
    while (drawn.length < perFrame && performance.now() - began < makingMs) {
      const next = this.#queue.shift()
      if (next === undefined) break
      const shown = this.#make({ ...next.card, screenMs: performance.now() - next.sinceMs })
      drawn.unshift(shown)
    }
    // In a burst, motion would only cost time.
    if (drawn.length === 1 && this.#queue.length === 0) drawn[0]?.element.classList.add('new')
    this.#shown.unshift(...drawn)
    this.#root.prepend(...drawn.map(({ element }) => element))
    for (const { element } of this.#shown.splice(shownMax)) {
      this.more = true
      element.remove()
    }
    if (this.#queue.length > 0) this.#flushSoon()
    this.#changed()
  }

  /** @param {string} id */
  #find(id) {
    return this.#shown.find(({ card }) => card.id === id)
  }

  /** @param {Card} card @returns {Shown} */
  #make(card) {
    const element = cardElement(card, this.#whole)
    element.toggleAttribute('hidden', !this.#matches(card))
    return { card, element }
  }

  /** @param {Shown} shown @param {Card} card */
  #redraw(shown, card) {
    const { element } = this.#make(card)
    shown.element.replaceWith(element)
    shown.card = card
    shown.element = element
  }
}
