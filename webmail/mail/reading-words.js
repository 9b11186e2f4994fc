// The words of a message that is read. Knows no page.
import { wordsOf } from './words.js'

const en = {
  loadPictures: 'Load pictures',
  alwaysFrom: 'Always from {who}',
  showQuoted: 'Show what was quoted',
}

/** @type {typeof en} */
const id = {
  loadPictures: 'Muat gambar',
  alwaysFrom: 'Selalu dari {who}',
  showQuoted: 'Tampilkan kutipan',
}

/** @type {typeof en} */
const es = {
  loadPictures: 'Cargar imágenes',
  alwaysFrom: 'Siempre de {who}',
  showQuoted: 'Mostrar lo citado',
}

export const languages = { en, id, es }

export const word = wordsOf(languages)
