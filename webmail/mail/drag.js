// Rows that are dragged to a mailbox with a mouse, or pushed aside with a finger. Knows rows and
// their places, nothing of what becomes of them.
import { el } from './dom.js'
import { say } from './list-words.js'

export const dragType = 'application/x-amplop-messages'
const pushedPx = 88
const beginsPx = 12

/**
 * @param {any} list @param {(place: number) => any} emailAt
 * @param {(email: any) => number} dragged tells how many go along
 */
export function draggable(list, emailAt, dragged) {
  list.element.addEventListener('dragstart', (event) => {
    const row = event.target instanceof Element ? event.target.closest('.row') : null
    const email = row ? emailAt(Number(row.id.slice(4))) : undefined
    if (!email || !event.dataTransfer) return
    const n = dragged(email)
    const ghost = el('p', { className: 'ghost' }, say('inTalk', { n }))
    document.body.append(ghost)
    event.dataTransfer.setDragImage(ghost, -12, -12)
    event.dataTransfer.setData(dragType, email.id)
    event.dataTransfer.effectAllowed = 'move'
    setTimeout(() => ghost.remove(), 0)
  })
}

/** @param {HTMLElement} element @param {() => void} dropped */
export function dropPlace(element, dropped) {
  const fits = (event) => event.dataTransfer?.types.includes(dragType)
  element.addEventListener('dragover', (event) => {
    if (!fits(event)) return
    event.preventDefault()
    element.classList.add('over')
  })
  element.addEventListener('dragleave', () => element.classList.remove('over'))
  element.addEventListener('drop', (event) => {
    element.classList.remove('over')
    if (!fits(event)) return
    event.preventDefault()
    dropped()
  })
}

/**
 * @param {any} list @param {(place: number) => any} emailAt
 * @param {() => Record<'left' | 'right', string>} acts @param {(act: string, email: any, row: Element) => void} pushed
 */
export function swipes(list, emailAt, acts, pushed) {
  /** @type {{x: number, y: number, row: HTMLElement, by: number, mine: boolean} | undefined} */
  let push
  const reset = () => {
    push?.row.style.removeProperty('translate')
    push?.row.removeAttribute('data-push')
    push = undefined
  }
  list.element.addEventListener(
    'touchstart',
    (event) => {
      const row = event.target instanceof Element ? event.target.closest('.row') : null
      const [touch] = event.touches
      if (row instanceof HTMLElement && event.touches.length === 1)
        push = { x: touch.clientX, y: touch.clientY, row, by: 0, mine: false }
    },
    { passive: true },
  )
  list.element.addEventListener(
    'touchmove',
    (event) => {
      if (!push) return
      const by = event.touches[0].clientX - push.x
      const down = Math.abs(event.touches[0].clientY - push.y)
      if (!push.mine && down > beginsPx) return reset()
      if (!push.mine && Math.abs(by) < beginsPx) return
      const way = by > 0 ? 'right' : 'left'
      if (acts()[way] === 'none') return reset()
      push.mine = true
      push.by = by
      // The page would go back, or the list would scroll.
      event.preventDefault()
      push.row.style.translate = `${by}px 0`
      push.row.dataset.push = Math.abs(by) > pushedPx ? acts()[way] : ''
    },
    { passive: false },
  )
  list.element.addEventListener('touchend', () => {
    const done = push
    reset()
    if (!done?.mine || Math.abs(done.by) <= pushedPx) return
    const email = emailAt(Number(done.row.id.slice(4)))
    if (email) pushed(acts()[done.by > 0 ? 'right' : 'left'], email, done.row)
  })
  list.element.addEventListener('touchcancel', reset)
}
