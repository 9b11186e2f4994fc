// Makes elements of text and properties, never of markup. Knows no mail.

const icons = {
  pen: 'M3 17l1-4L14 3l3 3L7 16zM12 5l3 3',
  archive: 'M3 4h14v4H3zM4 8v8h12V8M8 11h4',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l1 11h7l1-11',
  star: 'M10 2.5l2.3 4.9 5.2.7-3.8 3.7.9 5.3L10 14.6 5.4 17.1l.9-5.3L2.5 8.1l5.2-.7z',
  reply: 'M8 5L3 10l5 5M3 10h8a6 6 0 0 1 6 6',
  all: 'M11 5l-5 5 5 5M7 5l-5 5 5 5M6 10h6a6 6 0 0 1 6 6',
  forward: 'M12 5l5 5-5 5M17 10H9a6 6 0 0 0-6 6',
  junk: 'M7 2.5h6l4.5 4.5v6L13 17.5H7L2.5 13V7zM10 6v5M10 13.5v.5',
  unread: 'M2.5 5h15v11h-15zM3 5.5l7 6 7-6',
  back: 'M12 4l-6 6 6 6',
  clip: 'M14.5 9l-5.3 5.3a2.8 2.8 0 0 1-4-4l6.3-6.3a2 2 0 0 1 2.8 2.8L8.3 12.8',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 5h14M3 10h14M3 15h14',
  moon: 'M16.5 12.5A7 7 0 0 1 7.5 3.5a7 7 0 1 0 9 9z',
  inbox: 'M3 11l2-7h10l2 7v5H3zM3 11h4l1 2h4l1-2h4',
  folder: 'M3 5h5l2 2h7v9H3z',
  sent: 'M3 10l14-6-4 13-3-5zM10 12l7-8',
  out: 'M12 4H4v12h8M9 10h8M14 7l3 3-3 3',
  plus: 'M10 4v12M4 10h12',
  down: 'M10 3v10M6 9l4 4 4-4M4 17h12',
  print: 'M5 8V3h10v5M5 14H3V8h14v6h-2M6 12h8v5H6z',
  list: 'M8 5h9M8 10h9M8 15h9M4 5h.01M4 10h.01M4 15h.01',
  numbers: 'M9 5h8M9 10h8M9 15h8M3.5 4l1-.5V7M3.5 13h2l-2 3h2',
  quote: 'M4 6h4v4l-2 4M11 6h4v4l-2 4',
  link: 'M8.5 11.5a3 3 0 0 0 4.2 0l2.6-2.6a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-2.6 2.6a3 3 0 0 0 4.2 4.2l1-1',
  clear: 'M5 4h10M10 4l-2 8M4 16h6M13 12l4 4M17 12l-4 4',
  lines: 'M3 5h14M3 10h14M3 15h8',
  fold: 'M4 15h12',
  grow: 'M11 4h5v5M9 16H4v-5M16 4l-5 5M4 16l5-5',
  'chevron-down': 'M5 8l5 5 5-5',
  picture: 'M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13 8h.5',
  check: 'M4 10.5l4 4 8-9',
  clock: 'M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 6v4.5l3 2',
  tag: 'M3 3h7l7 7-7 7-7-7zM6.5 6.5v.01',
  gear: 'M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c.3-3 2.4-4.8 5.5-4.8s5.2 1.8 5.5 4.8M13 4a3 3 0 0 1 0 5.5M15 12.3c1.7.7 2.8 2.2 3 4.2',
  history: 'M3.5 10a6.5 6.5 0 1 0 2-4.7L3 7.5M3 3.5v4h4M10 6.5V10l2.5 1.5',
  dots: 'M4 9.5h1v1H4zM9.5 9.5h1v1h-1zM15 9.5h1v1h-1z',
  mute: 'M3 8v4h3l4 3.5v-11L6 8zM13 8l4 4M17 8l-4 4',
  find: 'M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3zM13.5 13.5L17 17',
  chevron: 'M7 4l6 6-6 6',
  keyboard: 'M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M6 12h8',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3',
  board: 'M3 4h14v9H3zM10 13v4M7 17h6',
  calendar: 'M3 5h14v12H3zM3 9h14M7 3v4M13 3v4',
  up: 'M10 16V4M5 9l5-5 5 5',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
}

/** @param {string} name */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const path = document.createElementNS(space, 'path')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  path.setAttribute('d', icons[name] ?? '')
  svg.append(path)
  return svg
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [given] "on…" listens, a known property is set, else an attribute
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (name in made && !name.includes('-') && name !== 'list' && name !== 'form')
      made[name] = value
    else made.setAttribute(name, value === true ? '' : String(value))
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** A button with an icon, named for all; its words shown when `shown`. */
export function action(name, label, onclick, shown = false) {
  const words = shown ? [el('span', {}, label)] : []
  const button = el('button', { type: 'button', title: label, onclick }, icon(name), ...words)
  if (!shown) button.setAttribute('aria-label', label)
  return button
}

/** @type {{ timer: any }} */
const fading = { timer: undefined }

/** One sentence at the foot of the page, with what can be done about it. */
export function toast(text, label = '', act = () => {}, seconds = 6) {
  const box = document.getElementById('toast')
  const hide = () => box?.replaceChildren()
  clearTimeout(fading.timer)
  const undo = () => {
    hide()
    act()
  }
  const button = label ? el('button', { type: 'button', onclick: undo }, label) : undefined
  box?.replaceChildren(el('p', {}, text, button))
  fading.timer = setTimeout(hide, seconds * 1000)
}

/** Text as nodes, with web and mail addresses as links. @param {string} text */
export function linked(text) {
  const found = document.createDocumentFragment()
  let at = 0
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
    found.append(text.slice(at, match.index))
    const rel = 'noopener noreferrer nofollow'
    found.append(el('a', { href: match[0], target: '_blank', rel }, match[0]))
    at = match.index + match[0].length
  }
  found.append(text.slice(at))
  return found
}

/** @param {string} key */
function keptAs(key) {
  return {
    all() {
      try {
        return JSON.parse(localStorage.getItem(key) ?? '{}')
      } catch {
        return {}
      }
    },
    /** @param {string} name @param {unknown} value */
    set(name, value) {
      try {
        localStorage.setItem(key, JSON.stringify({ ...this.all(), [name]: value }))
      } catch {
        // A browser that keeps nothing forgets it.
      }
    },
  }
}

/** What this browser remembers of the mail page. */
export const kept = keptAs('amplop.mail')
/** What it remembers of the look of all pages: early.js puts it on before the first paint. */
export const look = keptAs('amplop.look')
