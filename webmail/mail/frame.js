// A message's HTML in a frame of its own: at an address whose policy lets nothing run or load, and
// sandboxed without scripts besides. Knows no message.

/** As high as they were: what is opened again does not jump. @type {Map<string, number>} */
const heights = new Map()
const heightsMax = 500

/**
 * @param {string} address
 * @param {string} title
 * @param {(page: Document) => void} shown told once what is in it can be seen
 */
export function mailFrame(address, title, shown) {
  const frame = document.createElement('iframe')
  frame.title = title
  frame.className = 'paper'
  frame.setAttribute('sandbox', 'allow-same-origin allow-popups allow-popups-to-escape-sandbox')
  frame.referrerPolicy = 'no-referrer'
  const before = heights.get(address)
  if (before) frame.style.height = `${before}px`
  frame.src = address
  // Not its load: one picture that hangs would keep it at no height.
  const watch = () => {
    const page = frame.contentDocument
    const there = page && page.URL !== 'about:blank' && page.readyState !== 'loading'
    if (there && page.body) return fit(frame, address, page, shown)
    if (frame.isConnected || !page) requestAnimationFrame(watch)
  }
  requestAnimationFrame(watch)
  return frame
}

/** As high as what is in it. Nothing in it runs, so that its height may be read. */
function fit(frame, address, page, shown) {
  const measure = () => {
    const height = Math.max(40, page.documentElement.scrollHeight)
    if (Math.abs(height - frame.offsetHeight) <= 1) return
    frame.style.height = `${height}px`
    if (heights.size >= heightsMax) heights.clear()
    heights.set(address, height)
  }
  measure()
  new ResizeObserver(measure).observe(page.body)
  // Keys mean the same wherever the focus is.
  page.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event
    const again = new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey, shiftKey })
    document.dispatchEvent(again)
  })
  shown(page)
}
