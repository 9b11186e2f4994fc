// Every word of the page, in three languages. A key that one of them lacks does not compile.

const en = {
  messages: 'Messages',
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Reconnecting {n} s',
  offline: 'Offline',
  closed: 'Closed',
  pause: 'Pause',
  follow: 'Follow',
  dark: 'Dark mode',
  projector: 'Projector mode',
  language: 'Language',
  filter: 'Filter messages',
  all: 'All',
  delivered: 'Delivered',
  failed: 'Failed',
  how: 'Send a message',
  socket: 'socket',
  checked: 'checked',
  relayed: 'relayed',
  mailbox: 'mailbox',
  sink: 'simulated net',
  board: 'board',
  screen: 'screen',
  empty: 'No messages yet',
  emptyHint: 'This page is live. Send the first message with one of these, and see it arrive.',
  noMatch: 'No message matches.',
  shut: 'This board is not open to you',
  shutHint: 'Whoever runs this server decides who may read it.',
  copy: 'Copy',
  copied: 'Copied',
  byGateway: 'A TCP socket',
  bySmtp: 'SMTP',
  byAmplop: 'The Amplop client',
  to: 'to',
  more: '{n} more',
  noSubject: '(no subject)',
  noSender: '(no sender)',
  showAll: 'Show all',
  older: 'Load older messages',
  details: 'Details',
  new_one: '{n} new message',
  new_other: '{n} new messages',
  jump: 'jump',
  from: '{via} from {client}, {size}',
  reached: '{step}: {ms}',
  notReached: '{step}: not reached',
  failedAt: '{step}: failed, {ms}',
  fHop: 'The next server could not be reached.',
  fUser: 'There is no mailbox with this address.',
  fAddress: 'This is not a valid address.',
  fRelay: 'This sender may not send to that address from here.',
  fLogin: 'A login is needed, or it was wrong.',
  fFull: 'The mailbox is full.',
  fSize: 'The message is too big.',
  fMessage: 'These bytes cannot be a mail message.',
  fLater: 'The server cannot take it right now. Try again later.',
  fNo: 'The server refused the message.',
}

/** @typedef {keyof typeof en} Word */

/** @type {Record<Word, string>} */
const id = {
  messages: 'Pesan',
  connecting: 'Menghubungkan',
  live: 'Langsung',
  waiting: 'Menyambung lagi {n} dtk',
  offline: 'Luring',
  closed: 'Tertutup',
  pause: 'Jeda',
  follow: 'Ikuti',
  dark: 'Mode gelap',
  projector: 'Mode proyektor',
  language: 'Bahasa',
  filter: 'Saring pesan',
  all: 'Semua',
  delivered: 'Terkirim',
  failed: 'Gagal',
  how: 'Kirim pesan',
  socket: 'soket',
  checked: 'diperiksa',
  relayed: 'diteruskan',
  mailbox: 'kotak surat',
  sink: 'net simulasi',
  board: 'papan',
  screen: 'layar',
  empty: 'Belum ada pesan',
  emptyHint:
    'Halaman ini langsung. Kirim pesan pertama Anda dengan salah satu cara ini, lalu lihat pesan itu tiba.',
  noMatch: 'Tidak ada pesan yang cocok.',
  shut: 'Papan ini tidak terbuka untuk Anda',
  shutHint: 'Pengelola server ini menentukan siapa yang boleh membacanya.',
  copy: 'Salin',
  copied: 'Tersalin',
  byGateway: 'Soket TCP',
  bySmtp: 'SMTP',
  byAmplop: 'Klien Amplop',
  to: 'kepada',
  more: '{n} lagi',
  noSubject: '(tanpa subjek)',
  noSender: '(tanpa pengirim)',
  showAll: 'Tampilkan semua',
  older: 'Muat pesan lama',
  details: 'Rincian',
  new_one: '{n} pesan baru',
  new_other: '{n} pesan baru',
  jump: 'lihat',
  from: '{via} dari {client}, {size}',
  reached: '{step}: {ms}',
  notReached: '{step}: tidak tercapai',
  failedAt: '{step}: gagal, {ms}',
  fHop: 'Server berikutnya tidak dapat dihubungi.',
  fUser: 'Tidak ada kotak surat dengan alamat ini.',
  fAddress: 'Alamat ini tidak sah.',
  fRelay: 'Pengirim ini tidak boleh mengirim ke alamat itu dari sini.',
  fLogin: 'Perlu masuk dahulu, atau data masuknya salah.',
  fFull: 'Kotak surat penuh.',
  fSize: 'Pesan terlalu besar.',
  fMessage: 'Isi ini tidak dapat menjadi surel.',
  fLater: 'Server belum dapat menerimanya. Coba lagi nanti.',
  fNo: 'Server menolak pesan ini.',
}

/** @type {Record<Word, string>} */
const es = {
  messages: 'Mensajes',
  connecting: 'Conectando',
  live: 'En vivo',
  waiting: 'Reconectando en {n} s',
  offline: 'Sin conexión',
  closed: 'Cerrado',
  pause: 'Pausar',
  follow: 'Seguir',
  dark: 'Modo oscuro',
  projector: 'Modo proyector',
  language: 'Idioma',
  filter: 'Filtrar mensajes',
  all: 'Todos',
  delivered: 'Entregados',
  failed: 'Fallidos',
  how: 'Enviar un mensaje',
  socket: 'conexión',
  checked: 'revisado',
  relayed: 'reenviado',
  mailbox: 'buzón',
  sink: 'red simulada',
  board: 'tablero',
  screen: 'pantalla',
  empty: 'Todavía no hay mensajes',
  emptyHint:
    'Esta página está en vivo. Envíe el primer mensaje de una de estas formas y véalo llegar.',
  noMatch: 'Ningún mensaje coincide.',
  shut: 'Este tablero no está abierto para usted',
  shutHint: 'Quien administra este servidor decide quién puede leerlo.',
  copy: 'Copiar',
  copied: 'Copiado',
  byGateway: 'Un socket TCP',
  bySmtp: 'SMTP',
  byAmplop: 'El cliente de Amplop',
  to: 'para',
  more: '{n} más',
  noSubject: '(sin asunto)',
  noSender: '(sin remitente)',
  showAll: 'Mostrar todo',
  older: 'Cargar mensajes anteriores',
  details: 'Detalles',
  new_one: '{n} mensaje nuevo',
  new_other: '{n} mensajes nuevos',
  jump: 'ir',
  from: '{via} desde {client}, {size}',
  reached: '{step}: {ms}',
  notReached: '{step}: no se alcanzó',
  failedAt: '{step}: falló, {ms}',
  fHop: 'No se pudo contactar al siguiente servidor.',
  fUser: 'No existe ningún buzón con esta dirección.',
  fAddress: 'Esta dirección no es válida.',
  fRelay: 'Este remitente no puede enviar a esa dirección desde aquí.',
  fLogin: 'Hace falta iniciar sesión, o los datos no son correctos.',
  fFull: 'El buzón está lleno.',
  fSize: 'El mensaje es demasiado grande.',
  fMessage: 'Estos bytes no pueden ser un mensaje de correo.',
  fLater: 'El servidor no puede recibirlo ahora. Intente de nuevo más tarde.',
  fNo: 'El servidor rechazó el mensaje.',
}

/** @type {Record<string, Record<Word, string>>} */
export const catalogues = { id, es, en }

function lang() {
  return document.documentElement.lang
}

/** What `Intl` makes is slow to make: one for each language. @template T @param {() => T} create */
function perLanguage(create) {
  /** @type {Map<string, T>} */
  const made = new Map()
  return () => {
    const one = made.get(lang()) ?? create()
    made.set(lang(), one)
    return one
  }
}
const plural = perLanguage(() => new Intl.PluralRules(lang()))
const dates = perLanguage(
  () => new Intl.DateTimeFormat(lang(), { dateStyle: 'medium', timeStyle: 'medium' }),
)
const tenths = perLanguage(() => new Intl.NumberFormat(lang(), { maximumFractionDigits: 1 }))

/**
 * A word or sentence in the page's language; `{name}` stands for a value.
 * @param {Word} word
 * @param {Record<string, string>} [values]
 */
export function say(word, values = {}) {
  const text = (catalogues[lang()] ?? en)[word] ?? word
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')
}

/** "3 new messages" @param {number} n */
export function news(n) {
  return say(plural().select(n) === 'one' ? 'new_one' : 'new_other', { n: number(n) })
}

/** @param {number} value */
export function number(value) {
  return tenths().format(value)
}

/** @param {number} ms since 1970; what is no time is a dash */
export function dateTime(ms) {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '–' : dates().format(date)
}

/** @param {number} ms */
export function duration(ms) {
  if (ms >= 10_000) return `${number(ms / 1000)} s`
  return `${number(ms < 100 ? ms : Math.round(ms))} ms`
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${number(bytes)} B`
  return bytes < 1e6 ? `${number(bytes / 1e3)} kB` : `${number(bytes / 1e6)} MB`
}
