// What is attached to a message: pictures as pictures, what a browser can show to be opened, all of
// it to be saved. Knows no message besides.
import { el, icon } from './dom.js'
import { word } from './reading-words.js'
import { sized } from './sizes.js'
import { t } from './words.js'

const pictureMaxBytes = 10_000_000
const shown = /^(?:image\/(?:png|jpeg|gif|webp|avif)|application\/pdf|text\/plain|audio\/|video\/)/
const picture = /^image\/(?:png|jpeg|gif|webp|avif)$/

/** @param {any} jmap @param {any} email @param {(id: string) => boolean} inText whether its HTML shows it */
export function attached(jmap, email, inText) {
  const files = email.attachments.filter(({ cid, disposition }) => {
    return disposition === 'attachment' || !cid || !inText(cid)
  })
  if (files.length === 0) return []
  return [
    el(
      'ul',
      { className: 'files', 'aria-label': t('files') },
      ...files.map((file) => tile(jmap, file)),
    ),
  ]
}

function tile(jmap, { blobId, name, type, size }) {
  const file = name || type
  const href = jmap.url(blobId, file, type)
  const open = shown.test(type)
    ? { href, target: '_blank', rel: 'noopener', title: word('open', { file }) }
    : { href, download: file, title: word('save', { file }) }
  const small = picture.test(type) && size <= pictureMaxBytes
  const face = small ? el('img', { src: href, alt: '', loading: 'lazy' }) : icon('clip')
  const save = el('a', { className: 'save', href, download: file }, icon('down'))
  save.setAttribute('aria-label', word('save', { file }))
  const words = el('span', {}, el('span', { dir: 'auto' }, file), el('small', {}, sized(size)))
  return el('li', {}, el('a', { className: 'open', ...open }, face, words), save)
}
