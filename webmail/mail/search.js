// What a person types into the search field, as a filter of RFC 8621 §4.4.1. Knows no page.

/** Each word for an operator in the three languages. */
const texts = {
  ...{ from: 'from', dari: 'from', de: 'from', to: 'to', kepada: 'to', para: 'to' },
  ...{ subject: 'subject', subjek: 'subject', asunto: 'subject', cc: 'cc', bcc: 'bcc' },
  ...{ body: 'body', isi: 'body', texto: 'body' },
}
const others = {
  ...{ has: 'has', ada: 'has', tiene: 'has', con: 'has', is: 'is', adalah: 'is', es: 'is' },
  ...{ before: 'before', sebelum: 'before', antes: 'before' },
  ...{ after: 'after', sejak: 'after', desde: 'after' },
  ...{ larger: 'larger', besar: 'larger', mayor: 'larger' },
  ...{ smaller: 'smaller', kecil: 'smaller', menor: 'smaller' },
  ...{ label: 'label', etiqueta: 'label', in: 'in', di: 'in', en: 'in' },
}
const states = {
  ...{ unread: ['notKeyword', '$seen'], 'belum-dibaca': ['notKeyword', '$seen'] },
  ...{ 'no-leido': ['notKeyword', '$seen'], 'no-leído': ['notKeyword', '$seen'] },
  ...{
    read: ['hasKeyword', '$seen'],
    dibaca: ['hasKeyword', '$seen'],
    leido: ['hasKeyword', '$seen'],
  },
  ...{ starred: ['hasKeyword', '$flagged'], berbintang: ['hasKeyword', '$flagged'] },
  ...{ destacado: ['hasKeyword', '$flagged'], answered: ['hasKeyword', '$answered'] },
  ...{ dibalas: ['hasKeyword', '$answered'], respondido: ['hasKeyword', '$answered'] },
}
const files = ['attachment', 'file', 'lampiran', 'berkas', 'adjunto', 'archivo']

/** @typedef {{name: string, value: string, not: boolean, whole: string}} Term */

/** The terms of a search, in order. @param {string} text @returns {Term[]} */
export function termsOf(text) {
  return [...text.matchAll(/(-?)(?:(\p{L}+):)?("[^"]*"|\S+)/gu)].map(
    ([whole, minus = '', given, value = '']) => {
      const word = given?.toLowerCase() ?? ''
      const known = texts[word] ?? others[word]
      const begun =
        texts[value.slice(0, -1).toLowerCase()] ?? others[value.slice(0, -1).toLowerCase()]
      if (!known && value.endsWith(':') && begun)
        return { name: begun, value: '', not: false, whole }
      const bare = (known ? value : whole.slice(minus.length)).replaceAll('"', '')
      return { name: known ?? 'text', value: bare, not: minus === '-', whole }
    },
  )
}

/**
 * "from:ann report -draft" in any of the three languages. @param {string} text
 * @param {{outside: readonly string[], labels?: readonly any[], boxes?: readonly any[], inside?: string}} known
 * `outside` are mailboxes that are not searched unless one is named
 */
export function filterOf(text, { outside, labels = [], boxes = [], inside = '' }) {
  const terms = termsOf(text)
  const conditions = terms.flatMap((term) => {
    const condition = conditionOf(term, labels, boxes)
    if (!condition) return []
    return term.not ? [{ operator: 'NOT', conditions: [condition] }] : [condition]
  })
  const named = conditions.some((each) => 'inMailbox' in each)
  const place = inside ? [{ inMailbox: inside }] : []
  const elsewhere = outside.length > 0 ? [{ inMailboxOtherThan: outside }] : []
  return {
    operator: 'AND',
    conditions: [...conditions, ...(named ? [] : inside ? place : elsewhere)],
  }
}

/** Whether words were asked for, that a snippet can show. @param {string} text */
export function hasWords(text) {
  return termsOf(text).some(({ name, not }) => !not && ['text', 'body', 'subject'].includes(name))
}

/** @returns {Record<string, unknown> | undefined} nothing for what says nothing yet: "from:" */
function conditionOf({ name, value }, labels, boxes) {
  if (value === '') return undefined
  if (['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body'].includes(name)) {
    // Of several words in quotes each order counts, RFC 8621 §4.4.1.
    return { [name]: /\s/.test(value) ? `"${value}"` : value }
  }
  const low = value.toLowerCase()
  if (name === 'has') return files.includes(low) ? { hasAttachment: true } : { text: value }
  if (name === 'is') return states[low] ? { [states[low][0]]: states[low][1] } : { text: value }
  if (name === 'before' || name === 'after') return dateOf(name, value)
  if (name === 'larger' || name === 'smaller') return sizeOf(name, low)
  if (name === 'label') {
    const label = labels.find((each) => each.name.toLowerCase() === low || each.keyword === low)
    return { hasKeyword: label?.keyword ?? low.replace(/[^\x21-\x7e]|[(){\]%*"\\]/g, '') }
  }
  const box = boxes.find(
    (each) => each.shown?.toLowerCase() === low || each.name.toLowerCase() === low,
  )
  return box ? { inMailbox: box.id } : undefined
}

/** 2026, 2026-11 or 2026-11-29, from its first moment in this place's time. */
function dateOf(name, value) {
  const [, year, month = '1', day = '1'] =
    /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(value) ?? []
  if (!year) return undefined
  const at = new Date(Number(year), Number(month) - 1, Number(day))
  return { [name]: at.toISOString().replace(/\.\d+/, '') }
}

function sizeOf(name, value) {
  const [, number, unit = ''] = /^(\d+)\s*([km]?)b?$/.exec(value) ?? []
  if (!number) return undefined
  const bytes = Number(number) * ({ k: 1e3, m: 1e6 }[unit] ?? 1)
  return { [name === 'larger' ? 'minSize' : 'maxSize']: bytes }
}
