// The words of the webmail in three languages, and dates as each writes them. Knows no page.

const en = {
  contacts: 'Contacts',
  cancel: 'Cancel',
  ok: 'OK',
  name: 'Name',
  login: 'Log in',
  logout: 'Log out',
  address: 'Address',
  password: 'Password',
  show: 'Show password',
  wrong: 'That address and password do not go together. Check both and try again.',
  slow: 'Too many attempts. Wait a minute, then try again.',
  needsTls: 'This page is not encrypted, so no password may be sent. Open it with https.',
  unreachable: 'The server does not answer. Check the connection and try again.',
  compose: 'Write',
  search: 'Search mail',
  mailboxes: 'Mailboxes',
  messages: 'Messages',
  message: 'Message',
  inbox: 'Inbox',
  sent: 'Sent',
  drafts: 'Drafts',
  trash: 'Trash',
  archive: 'Archive',
  junk: 'Junk',
  starred: 'Starred',
  empty: 'Nothing here.',
  emptyHint: 'New mail appears by itself.',
  noneFound: 'No mail matches.',
  pick: 'Choose a message to read it here.',
  noSubject: '(no subject)',
  nobody: '(no sender)',
  unread: 'Unread',
  hasFiles: 'has attachment',
  reply: 'Reply',
  replyAll: 'Reply all',
  forward: 'Forward',
  star: 'Star',
  remove: 'Delete',
  notJunk: 'Not junk',
  markUnread: 'Mark as unread',
  move: 'Move to…',
  back: 'Back',
  to: 'To',
  cc: 'Cc',
  bcc: 'Bcc',
  subject: 'Subject',
  text: 'Text',
  send: 'Send',
  attach: 'Attach files',
  close: 'Close',
  discard: 'Discard draft',
  saved: 'Saved',
  savedHere: 'Saved in this browser',
  saving: 'Saving…',
  sending: 'Sent.',
  undo: 'Undo',
  undone: 'Undone.',
  heldBack: 'Held back. It is a draft again.',
  tooLate: 'Too late to undo: it has gone.',
  deleted: 'Moved to Trash.',
  destroyed: 'Deleted for good.',
  movedTo: 'Moved.',
  noRecipient: 'Write at least one address in To.',
  badAddress: 'This is no address: ',
  noFile: 'The text speaks of an attachment, but there is none. Send anyway?',
  failed: 'That did not work: ',
  blocked: 'Pictures and other content from elsewhere are not loaded.',
  files: 'Attachments',
  cut: 'This message is long; only its beginning is shown.',
  wrote: '{date}, {who} wrote:',
  forwarded: 'Forwarded message',
  theme: 'Dark or light',
  language: 'Language',
  board: 'Board',
  settings: 'Settings',
  undoTime: 'Time to undo sending',
  seconds: '{n} s',
  off: 'Off',
  shortcuts: 'Keys',
  live: 'Live',
  offline: 'Not connected, trying again',
  delivered: 'Delivered',
  queued: 'On its way',
  refused: 'Refused',
  newFolder: 'New mailbox',
  loggedOutWhile: 'The session has ended. Log in again; what you wrote is kept.',
}

/** @type {typeof en} */
const id = {
  contacts: 'Kontak',
  cancel: 'Batal',
  ok: 'OK',
  name: 'Nama',
  login: 'Masuk',
  logout: 'Keluar',
  address: 'Alamat',
  password: 'Kata sandi',
  show: 'Tampilkan kata sandi',
  wrong: 'Alamat dan kata sandi tidak cocok. Periksa keduanya lalu coba lagi.',
  slow: 'Terlalu banyak percobaan. Tunggu satu menit, lalu coba lagi.',
  needsTls: 'Halaman ini tidak terenkripsi, kata sandi tidak boleh dikirim. Buka dengan https.',
  unreachable: 'Server tidak menjawab. Periksa koneksi lalu coba lagi.',
  compose: 'Tulis',
  search: 'Cari surat',
  mailboxes: 'Kotak surat',
  messages: 'Daftar surat',
  message: 'Surat',
  inbox: 'Kotak masuk',
  sent: 'Terkirim',
  drafts: 'Draf',
  trash: 'Sampah',
  archive: 'Arsip',
  junk: 'Spam',
  starred: 'Berbintang',
  empty: 'Kosong.',
  emptyHint: 'Surat baru muncul dengan sendirinya.',
  noneFound: 'Tidak ada surat yang cocok.',
  pick: 'Pilih surat untuk dibaca di sini.',
  noSubject: '(tanpa subjek)',
  nobody: '(tanpa pengirim)',
  unread: 'Belum dibaca',
  hasFiles: 'ada lampiran',
  reply: 'Balas',
  replyAll: 'Balas semua',
  forward: 'Teruskan',
  star: 'Bintang',
  remove: 'Hapus',
  notJunk: 'Bukan spam',
  markUnread: 'Tandai belum dibaca',
  move: 'Pindahkan ke…',
  back: 'Kembali',
  to: 'Kepada',
  cc: 'Cc',
  bcc: 'Bcc',
  subject: 'Subjek',
  text: 'Isi',
  send: 'Kirim',
  attach: 'Lampirkan berkas',
  close: 'Tutup',
  discard: 'Buang draf',
  saved: 'Tersimpan',
  savedHere: 'Tersimpan di peramban ini',
  saving: 'Menyimpan…',
  sending: 'Terkirim.',
  undo: 'Urungkan',
  undone: 'Diurungkan.',
  heldBack: 'Ditahan. Surat kembali menjadi draf.',
  tooLate: 'Terlambat: surat sudah berangkat.',
  deleted: 'Dipindahkan ke Sampah.',
  destroyed: 'Dihapus selamanya.',
  movedTo: 'Dipindahkan.',
  noRecipient: 'Tulis setidaknya satu alamat di Kepada.',
  badAddress: 'Ini bukan alamat: ',
  noFile: 'Teks menyebut lampiran, tetapi tidak ada. Tetap kirim?',
  failed: 'Tidak berhasil: ',
  blocked: 'Gambar dan isi lain dari luar tidak dimuat.',
  files: 'Lampiran',
  cut: 'Surat ini panjang; hanya awalnya yang ditampilkan.',
  wrote: 'Pada {date}, {who} menulis:',
  forwarded: 'Surat yang diteruskan',
  theme: 'Gelap atau terang',
  language: 'Bahasa',
  board: 'Papan',
  settings: 'Pengaturan',
  undoTime: 'Waktu untuk mengurungkan kiriman',
  seconds: '{n} detik',
  off: 'Mati',
  shortcuts: 'Tombol',
  live: 'Langsung',
  offline: 'Terputus, mencoba lagi',
  delivered: 'Sampai',
  queued: 'Dalam perjalanan',
  refused: 'Ditolak',
  newFolder: 'Kotak surat baru',
  loggedOutWhile: 'Sesi berakhir. Masuk lagi; tulisan Anda tersimpan.',
}

/** @type {typeof en} */
const es = {
  contacts: 'Contactos',
  cancel: 'Cancelar',
  ok: 'Aceptar',
  name: 'Nombre',
  login: 'Entrar',
  logout: 'Salir',
  address: 'Dirección',
  password: 'Contraseña',
  show: 'Mostrar la contraseña',
  wrong: 'La dirección y la contraseña no coinciden. Revise ambas e intente de nuevo.',
  slow: 'Demasiados intentos. Espere un minuto e intente de nuevo.',
  needsTls: 'Esta página no está cifrada y no se puede enviar la contraseña. Ábrala con https.',
  unreachable: 'El servidor no responde. Revise la conexión e intente de nuevo.',
  compose: 'Escribir',
  search: 'Buscar correo',
  mailboxes: 'Buzones',
  messages: 'Mensajes',
  message: 'Mensaje',
  inbox: 'Recibidos',
  sent: 'Enviados',
  drafts: 'Borradores',
  trash: 'Papelera',
  archive: 'Archivo',
  junk: 'No deseado',
  starred: 'Destacados',
  empty: 'No hay nada aquí.',
  emptyHint: 'El correo nuevo aparece solo.',
  noneFound: 'Ningún mensaje coincide.',
  pick: 'Elija un mensaje para leerlo aquí.',
  noSubject: '(sin asunto)',
  nobody: '(sin remitente)',
  unread: 'No leído',
  hasFiles: 'con adjunto',
  reply: 'Responder',
  replyAll: 'Responder a todos',
  forward: 'Reenviar',
  star: 'Destacar',
  remove: 'Eliminar',
  notJunk: 'Es deseado',
  markUnread: 'Marcar como no leído',
  move: 'Mover a…',
  back: 'Volver',
  to: 'Para',
  cc: 'Cc',
  bcc: 'Cco',
  subject: 'Asunto',
  text: 'Texto',
  send: 'Enviar',
  attach: 'Adjuntar archivos',
  close: 'Cerrar',
  discard: 'Descartar borrador',
  saved: 'Guardado',
  savedHere: 'Guardado en este navegador',
  saving: 'Guardando…',
  sending: 'Enviado.',
  undo: 'Deshacer',
  undone: 'Deshecho.',
  heldBack: 'Retenido. Vuelve a ser un borrador.',
  tooLate: 'Demasiado tarde: ya salió.',
  deleted: 'Movido a la papelera.',
  destroyed: 'Eliminado para siempre.',
  movedTo: 'Movido.',
  noRecipient: 'Escriba al menos una dirección en Para.',
  badAddress: 'Esto no es una dirección: ',
  noFile: 'El texto habla de un adjunto, pero no hay ninguno. ¿Enviar de todos modos?',
  failed: 'No se pudo: ',
  blocked: 'Las imágenes y otros contenidos externos no se cargan.',
  files: 'Adjuntos',
  cut: 'Este mensaje es largo; solo se muestra el comienzo.',
  wrote: 'El {date}, {who} escribió:',
  forwarded: 'Mensaje reenviado',
  theme: 'Oscuro o claro',
  language: 'Idioma',
  board: 'Tablero',
  settings: 'Ajustes',
  undoTime: 'Tiempo para deshacer un envío',
  seconds: '{n} s',
  off: 'No',
  shortcuts: 'Teclas',
  live: 'En vivo',
  offline: 'Sin conexión, intentando de nuevo',
  delivered: 'Entregado',
  queued: 'En camino',
  refused: 'Rechazado',
  newFolder: 'Buzón nuevo',
  loggedOutWhile: 'La sesión terminó. Entre de nuevo; lo que escribió está guardado.',
}

/** @type {Readonly<Record<string, typeof en>>} */
export const languages = { en, id, es }

/**
 * What says words in the page's language, from a table that has each in all of them. "{n}" is what
 * was given as n; of "one|more" the form that the language has for the number n.
 * @template {Readonly<Record<string, string>>} Words
 * @param {Readonly<Record<string, Words>> & {en: Words}} table
 */
export function wordsOf(table) {
  /** @param {keyof Words} key @param {Readonly<Record<string, string | number>>} [given] */
  return (key, given = {}) => {
    const lang = document.documentElement.lang
    const text = (table[lang] ?? table.en)[key] ?? ''
    const [one = '', more = one] = text.split('|')
    const count = typeof given.n === 'number' ? given.n : 2
    const form = new Intl.PluralRules(lang).select(count) === 'one' ? one : more
    return form.replaceAll(/\{(\w+)\}/g, (whole, name) => {
      const value = given[name]
      return typeof value === 'number' ? value.toLocaleString(lang) : (value ?? whole)
    })
  }
}

/** A word of the page. */
export const t = wordsOf({ en, id, es })

/** The name of a mailbox: its role's word, or its own. */
export function mailboxName({ role, name }) {
  const words = languages[document.documentElement.lang] ?? en
  return role && role in words ? words[role] : name
}

/** Short: the time today, the day this year, else the date. @param {string} iso */
export function shortDate(iso) {
  const at = new Date(iso)
  const now = new Date()
  const lang = document.documentElement.lang
  if (at.toDateString() === now.toDateString())
    return at.toLocaleTimeString(lang, { hour: '2-digit', minute: '2-digit' })
  const day = /** @type {const} */ ({ day: 'numeric', month: 'short' })
  const year =
    at.getFullYear() === now.getFullYear() ? {} : { year: /** @type {const} */ ('numeric') }
  return at.toLocaleDateString(lang, { ...day, ...year })
}

/** @param {string} iso */
export function longDate(iso) {
  const form = /** @type {const} */ ({ dateStyle: 'medium', timeStyle: 'short' })
  return new Date(iso).toLocaleString(document.documentElement.lang, form)
}
