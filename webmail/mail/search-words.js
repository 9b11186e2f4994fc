// The words of the search field; operators are in the language of the page, and understood in all.
import { wordsOf } from './words.js'

const en = {
  clear: 'Clear the search',
  offers: 'What might be meant',
  people: 'People',
  recent: 'Searched before',
  scope: 'Where',
  everywhere: 'In all mail',
  onlyIn: 'Only in {place}',
  keep: 'Save this search',
  drop: 'Leave out',
  from: 'from:',
  to: 'to:',
  subject: 'subject:',
  files: 'has:attachment',
  unread: 'is:unread',
  starred: 'is:starred',
  after: 'after:',
  before: 'before:',
  label: 'label:',
}

/** @type {typeof en} */
const id = {
  clear: 'Kosongkan pencarian',
  offers: 'Yang mungkin dimaksud',
  people: 'Orang',
  recent: 'Pernah dicari',
  scope: 'Di mana',
  everywhere: 'Di semua surat',
  onlyIn: 'Hanya di {place}',
  keep: 'Simpan pencarian ini',
  drop: 'Lepas',
  from: 'dari:',
  to: 'kepada:',
  subject: 'subjek:',
  files: 'ada:lampiran',
  unread: 'adalah:belum-dibaca',
  starred: 'adalah:berbintang',
  after: 'sejak:',
  before: 'sebelum:',
  label: 'label:',
}

/** @type {typeof en} */
const es = {
  clear: 'Vaciar la búsqueda',
  offers: 'Lo que puede querer decir',
  people: 'Personas',
  recent: 'Buscado antes',
  scope: 'Dónde',
  everywhere: 'En todo el correo',
  onlyIn: 'Solo en {place}',
  keep: 'Guardar esta búsqueda',
  drop: 'Quitar',
  from: 'de:',
  to: 'para:',
  subject: 'asunto:',
  files: 'con:adjunto',
  unread: 'es:no-leido',
  starred: 'es:destacado',
  after: 'desde:',
  before: 'antes:',
  label: 'etiqueta:',
}

export const languages = { en, id, es }
export const ask = wordsOf(languages)
