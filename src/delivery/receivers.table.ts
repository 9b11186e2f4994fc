// What large receivers and their blocklists mean by the texts of their refusals, which say more
// than the codes in front of them; in the languages of people. The first that fits decides.
import type { Language } from '../base/languages.ts'
import type { Cause } from './causes.table.ts'

export type ReceiverCause =
  | 'unproved'
  | 'no-reverse-name'
  | 'home-address'
  | 'microsoft-network'
  | 'microsoft-address'
  | 'nobody'
  | 'full'
  | 'too-much'
  | 'yahoo'
  | 'apple'
  | 'gmx'
  | 't-online'
  | 'spamhaus'
  | 'blocklist'
  | 'greylist'

interface Known {
  readonly is: ReceiverCause
  readonly said: RegExp
}

const readMaxChars = 2000

const receivers: readonly Known[] = [
  {
    // Gmail 5.7.26, Outlook 5.7.515, Yahoo 5.7.9 and others, in their own words.
    is: 'unproved',
    said: /mail is unauthenticated|required authentication level|not accepted due to (?:the )?domain.{0,40}dmarc|dmarc (?:policy|verification|check|evaluation)/i,
  },
  {
    is: 'no-reverse-name',
    said: /PTR record|reverse (?:DNS|hostname|mapping)|bad dns ptr|no rdns|fcrdns/i,
  },
  {
    // Gmail 5.7.1
    is: 'home-address',
    said: /not authorized to send email directly to our servers|dynamic ip|residential ip/i,
  },
  {
    // Outlook S3140, S3150
    is: 'microsoft-network',
    said: /\bS31(?:40|50)\b|part of their network is on our block list/i,
  },
  {
    // Outlook 5.7.606 to 649, and 5.7.511
    is: 'microsoft-address',
    said: /banned sending IP|delist@(?:messaging\.)?microsoft\.com/i,
  },
  {
    is: 'nobody',
    said: /RESOLVER\.ADR\.(?:Ex)?RecipNotFound|ADR\.RecipientNotFound|email account that you tried to reach does not exist|mailbox unavailable or access denied/i,
  },
  {
    // Gmail 5.2.2 and 4.2.2, iCloud and Yahoo alike
    is: 'full',
    said: /over ?quota|out of storage space|mailbox (?:is )?full|quota exceeded/i,
  },
  {
    // Gmail 4.7.28 and 5.7.28
    is: 'too-much',
    said: /unusual rate of (?:unsolicited )?(?:mail|email)|sending rate|too many (?:messages|connections) from/i,
  },
  {
    // Yahoo and AOL
    is: 'yahoo',
    said: /\[TSS?\d\d\]|temporarily deferred due to (?:unexpected volume|user complaints)/i,
  },
  {
    is: 'apple',
    said: /\b(?:CS01|HM08)\b.{0,200}(?:icloud|apple)|support\.apple\.com\/.{0,20}HT204137/i,
  },
  {
    is: 'gmx',
    said: /postmaster\.(?:gmx\.(?:net|com|de)|web\.de|mail\.com|1und1\.de)\b|Nemesis ESMTP/i,
  },
  {
    is: 't-online',
    said: /tosa@rx\.t-online\.de/i,
  },
  {
    is: 'spamhaus',
    said: /spamhaus\.(?:org|com|net)|\bSBL\d{3,}/i,
  },
  {
    is: 'blocklist',
    said: /barracudacentral\.org|spamcop\.net|csi\.cloudmark\.com|ipcheck\.proofpoint\.com|sorbs\.net|uceprotect/i,
  },
  {
    is: 'greylist',
    said: /gr[ae]y-?list/i,
  },
]

export const receiverCauses: Readonly<Record<Language, Readonly<Record<ReceiverCause, Cause>>>> = {
  en: {
    unproved: {
      cause: 'The other server could not prove that the message is from its sender.',
      fix: 'Tell your postmaster: SPF, DKIM and DMARC of your domain have to be set up. amplop doctor says what is missing.',
    },
    'no-reverse-name': {
      cause: 'The address of this server has no reverse name (PTR) that leads back to it.',
      fix: 'Tell your postmaster: the provider of the address sets its reverse name. amplop doctor shows it.',
    },
    'home-address': {
      cause:
        'The other server takes no mail from home and dynamic addresses, such as this server has.',
      fix: 'Tell your postmaster: mail has to leave through the relay of the provider (queue.routes), or from a fixed address.',
    },
    'microsoft-network': {
      cause: 'Microsoft blocks the network of this server.',
      fix: "Tell your postmaster: it is taken off by Microsoft's form for senders, https://olcsupport.office.com.",
    },
    'microsoft-address': {
      cause: 'Microsoft has banned the address of this server.',
      fix: 'Tell your postmaster: it is taken off at https://sender.office.com, or by the address that the text names.',
    },
    nobody: {
      cause: 'Nobody has this address there.',
      fix: 'Check the part before the @ for typing errors, and ask the recipient for the right address.',
    },
    full: {
      cause: 'The mailbox is full.',
      fix: 'Tell the recipient by other means, and send it again later.',
    },
    'too-much': {
      cause: 'The other server finds that too much mail comes from here.',
      fix: 'Tell your postmaster: less may be sent at once, and an account may be in the hands of a spammer.',
    },
    yahoo: {
      cause: 'Yahoo holds back mail of this server because of its volume, or of complaints.',
      fix: 'Tell your postmaster: https://senders.yahooinc.com explains it, and has a form for senders.',
    },
    apple: {
      cause: 'Apple takes the message, or this server, for a source of spam.',
      fix: 'Tell your postmaster: write to icloudadmin@apple.com with the text of the refusal.',
    },
    gmx: {
      cause: 'GMX and WEB.DE refuse the message by a rule that their text names.',
      fix: 'Tell your postmaster: the page that the text names explains it, and has a form for senders.',
    },
    't-online': {
      cause: 'T-Online takes mail only from servers that it knows.',
      fix: 'Tell your postmaster: write to tosa@rx.t-online.de; a web page at the name of the server must say who runs it.',
    },
    spamhaus: {
      cause: 'The address or the domain of this server is on a list of Spamhaus.',
      fix: 'Tell your postmaster: https://check.spamhaus.org says why, and takes it off.',
    },
    blocklist: {
      cause: 'The address of this server is on a blocklist, which the text names.',
      fix: 'Tell your postmaster: the page of that list says why, and how it is taken off.',
    },
    greylist: {
      cause: 'The other server makes strangers come again: it does so with everybody.',
      fix: 'Wait: it is tried again by itself.',
    },
  },
  id: {
    unproved: {
      cause: 'Server lain tidak dapat membuktikan bahwa pesan ini dari pengirimnya.',
      fix: 'Beri tahu pengelola surat Anda: SPF, DKIM dan DMARC domain Anda harus disiapkan. amplop doctor mengatakan apa yang kurang.',
    },
    'no-reverse-name': {
      cause: 'Alamat server ini tidak punya nama balik (PTR) yang menuju kembali kepadanya.',
      fix: 'Beri tahu pengelola surat Anda: penyedia alamat yang mengatur nama baliknya. amplop doctor memperlihatkannya.',
    },
    'home-address': {
      cause:
        'Server lain tidak menerima surat dari alamat rumah dan dinamis, seperti milik server ini.',
      fix: 'Beri tahu pengelola surat Anda: surat harus keluar lewat relay penyedia (queue.routes), atau dari alamat tetap.',
    },
    'microsoft-network': {
      cause: 'Microsoft memblokir jaringan server ini.',
      fix: 'Beri tahu pengelola surat Anda: pencabutannya lewat formulir Microsoft untuk pengirim, https://olcsupport.office.com.',
    },
    'microsoft-address': {
      cause: 'Microsoft melarang alamat server ini.',
      fix: 'Beri tahu pengelola surat Anda: pencabutannya di https://sender.office.com, atau lewat alamat yang disebut teks itu.',
    },
    nobody: {
      cause: 'Tidak ada yang memiliki alamat ini di sana.',
      fix: 'Periksa salah ketik sebelum tanda @, dan tanyakan alamat yang benar kepada penerima.',
    },
    full: {
      cause: 'Kotak suratnya penuh.',
      fix: 'Beri tahu penerima dengan cara lain, dan kirim lagi nanti.',
    },
    'too-much': {
      cause: 'Server lain menganggap terlalu banyak surat datang dari sini.',
      fix: 'Beri tahu pengelola surat Anda: kirim lebih sedikit sekaligus; mungkin ada akun di tangan pengirim spam.',
    },
    yahoo: {
      cause: 'Yahoo menahan surat server ini karena jumlahnya, atau karena keluhan.',
      fix: 'Beri tahu pengelola surat Anda: https://senders.yahooinc.com menjelaskannya, dan punya formulir untuk pengirim.',
    },
    apple: {
      cause: 'Apple mengira pesan ini, atau server ini, sumber spam.',
      fix: 'Beri tahu pengelola surat Anda: tulis ke icloudadmin@apple.com dengan teks penolakannya.',
    },
    gmx: {
      cause: 'GMX dan WEB.DE menolak pesan ini karena aturan yang disebut teksnya.',
      fix: 'Beri tahu pengelola surat Anda: halaman yang disebut teks itu menjelaskannya, dan punya formulir untuk pengirim.',
    },
    't-online': {
      cause: 'T-Online hanya menerima surat dari server yang dikenalnya.',
      fix: 'Beri tahu pengelola surat Anda: tulis ke tosa@rx.t-online.de; halaman web pada nama server harus menyebut siapa pengelolanya.',
    },
    spamhaus: {
      cause: 'Alamat atau domain server ini ada di daftar Spamhaus.',
      fix: 'Beri tahu pengelola surat Anda: https://check.spamhaus.org mengatakan sebabnya, dan mencabutnya.',
    },
    blocklist: {
      cause: 'Alamat server ini ada di daftar blokir yang disebut teks itu.',
      fix: 'Beri tahu pengelola surat Anda: halaman daftar itu mengatakan sebabnya, dan cara mencabutnya.',
    },
    greylist: {
      cause: 'Server lain menyuruh yang belum dikenal datang lagi: begitu kepada semua.',
      fix: 'Tunggu saja: dicoba lagi dengan sendirinya.',
    },
  },
  es: {
    unproved: {
      cause: 'El otro servidor no pudo comprobar que el mensaje es de su remitente.',
      fix: 'Avise a su administrador: hay que configurar SPF, DKIM y DMARC de su dominio. amplop doctor dice qué falta.',
    },
    'no-reverse-name': {
      cause:
        'La dirección de este servidor no tiene nombre inverso (PTR) que lleve de vuelta a ella.',
      fix: 'Avise a su administrador: el proveedor de la dirección pone su nombre inverso. amplop doctor lo muestra.',
    },
    'home-address': {
      cause:
        'El otro servidor no acepta correo de direcciones domésticas y dinámicas, como la de este servidor.',
      fix: 'Avise a su administrador: el correo ha de salir por el relé del proveedor (queue.routes) o desde una dirección fija.',
    },
    'microsoft-network': {
      cause: 'Microsoft bloquea la red de este servidor.',
      fix: 'Avise a su administrador: se quita con el formulario de Microsoft para remitentes, https://olcsupport.office.com.',
    },
    'microsoft-address': {
      cause: 'Microsoft ha vetado la dirección de este servidor.',
      fix: 'Avise a su administrador: se quita en https://sender.office.com o por la dirección que nombra el texto.',
    },
    nobody: {
      cause: 'Nadie tiene esta dirección allí.',
      fix: 'Revise lo que está antes de la @ por si hay erratas y pida la dirección correcta al destinatario.',
    },
    full: {
      cause: 'El buzón está lleno.',
      fix: 'Avise al destinatario por otros medios y envíelo más tarde.',
    },
    'too-much': {
      cause: 'Al otro servidor le parece que llega demasiado correo de aquí.',
      fix: 'Avise a su administrador: envíe menos de una vez; una cuenta puede estar en manos de un spammer.',
    },
    yahoo: {
      cause: 'Yahoo retiene el correo de este servidor por su volumen o por quejas.',
      fix: 'Avise a su administrador: https://senders.yahooinc.com lo explica y tiene un formulario para remitentes.',
    },
    apple: {
      cause: 'Apple toma el mensaje, o este servidor, por fuente de spam.',
      fix: 'Avise a su administrador: escriba a icloudadmin@apple.com con el texto del rechazo.',
    },
    gmx: {
      cause: 'GMX y WEB.DE rechazan el mensaje por una regla que su texto nombra.',
      fix: 'Avise a su administrador: la página que nombra el texto lo explica y tiene un formulario para remitentes.',
    },
    't-online': {
      cause: 'T-Online solo acepta correo de servidores que conoce.',
      fix: 'Avise a su administrador: escriba a tosa@rx.t-online.de; una página web en el nombre del servidor debe decir quién lo lleva.',
    },
    spamhaus: {
      cause: 'La dirección o el dominio de este servidor está en una lista de Spamhaus.',
      fix: 'Avise a su administrador: https://check.spamhaus.org dice por qué y lo quita.',
    },
    blocklist: {
      cause: 'La dirección de este servidor está en una lista de bloqueo que nombra el texto.',
      fix: 'Avise a su administrador: la página de esa lista dice por qué y cómo se quita.',
    },
    greylist: {
      cause: 'El otro servidor hace volver a los desconocidos: lo hace con todos.',
      fix: 'Espere: se vuelve a intentar solo.',
    },
  },
}

/** What a text means, if anybody knows. */
export function meaningOf(text: string): ReceiverCause | undefined {
  const read = text.slice(0, readMaxChars)
  return receivers.find(({ said }) => said.test(read))?.is
}

/** What is known of a text, if anything is. */
export function causeIn(text: string, language: Language = 'en'): Cause | undefined {
  const meaning = meaningOf(text)
  return meaning && receiverCauses[language][meaning]
}
