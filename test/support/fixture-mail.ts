// A mailbox as people have them after ten years, the same for the same seed: three languages, long
// and empty subjects, other scripts, newsletters, conversations, invitations, reports, files.
import { randomOf } from './accounts-of-mail.ts'

/** What is in the fixture: 100,000 of the common kinds, and some that are there once. */
export const fixtureCount = 100_054

const people = [
  ...['Siti Rahma <siti@kampus.example>', 'Iqbal <iqbal@example.com>', 'Dewi <dewi@toko.example>'],
  ...[
    '"Peña, José" <jose@ejemplo.example>',
    'María <maria@correo.example>',
    'Ann <ann@example.org>',
  ],
  ...['=?UTF-8?B?5L2Q6JekIOiKseWtkA==?= <hanako@kaisha.example>', 'ci@build.example'],
  ...['=?UTF-8?B?2YXYrdmF2K8=?= <m@sharika.example>', 'Bank <no-reply@bank.example>'],
]
const words = {
  id: 'laporan rapat proyek jadwal anggaran kelas tugas undangan surat kiriman besok pagi terima kasih',
  es: 'informe reunión proyecto horario factura pedido envío mañana gracias borrador oficina contrato',
  en: 'report meeting project schedule budget invoice order shipment tomorrow thanks draft contract',
}
const languages = ['id', 'es', 'en'] as const
export const labels = Array.from({ length: 12 }, (_, n) => `label-${n + 1}`)
export const folders = ['Kuliah', 'Kuliah/2025', 'Kuliah/2026', 'Clientes', 'Clientes/Viejos']

export interface FixtureMail {
  readonly text: string
  readonly receivedAt: number
  readonly seen: boolean
  readonly label: string | undefined
}

/** The last is from `until`, each before it a little earlier. */
export function fixtureMail(n: number, until = Date.UTC(2026, 10, 29)): FixtureMail {
  const random = randomOf(n + 1)
  const among = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  const list = words[among(languages)].split(' ')
  const say = (count: number) => Array.from({ length: count }, () => among(list)).join(' ')
  const receivedAt = until - (fixtureCount - n) * 3_100_000
  const reply = n % 7 === 3 ? n - 3 : n % 7 === 5 ? n - 5 : undefined
  const subject = subjectOf(n, reply, say)
  const head = [
    `From: ${people[n % people.length]}`,
    `To: ${n % 5000 === 17 ? crowd(300) : 'tito@example.com'}`,
    ...(subject === '' ? [] : [`Subject: ${subject}`]),
    `Date: ${new Date(receivedAt).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${n}@fixture.example>`,
    ...(reply === undefined ? [] : [`In-Reply-To: <${reply}@fixture.example>`]),
    ...(reply === undefined ? [] : [`References: <${reply}@fixture.example>`]),
    'MIME-Version: 1.0',
  ]
  const text = `${head.join('\r\n')}\r\n${bodyOf(n, say)}`
  return { text, receivedAt, seen: n % 9 !== 0, label: n % 40 === 0 ? labels[n % 12] : undefined }
}

function subjectOf(n: number, reply: number | undefined, say: (count: number) => string): string {
  if (n % 997 === 1) return ''
  if (n % 991 === 2) return `${say(60)}`.slice(0, 900)
  if (n % 983 === 3) return '=?UTF-8?B?2KfZhNiq2YLYsdmK2LEg2KfZhNiz2YbZiNmK?='
  if (n % 977 === 4) return '=?UTF-8?B?8J+OiSDwn46CIHNlbGFtYXQg8J+RqOKAjfCfkanigI3wn5GnIQ==?='
  return encoded(`${reply === undefined ? '' : 'Re: '}${say(5)} ${n}`)
}

/** RFC 2047 where it is not plain. */
function encoded(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`
}

function crowd(count: number): string {
  return Array.from({ length: count }, (_, n) => `p${n}@crowd.example`).join(',\r\n ')
}

function bodyOf(n: number, say: (count: number) => string): string {
  const plain = `Content-Type: text/plain; charset=utf-8\r\n\r\n${say(40)}\r\n\r\n${say(30)}\r\n`
  if (n === 100_001) return newsletter(say, 2_000_000)
  if (n % 10_000 === 9) return newsletter(say, 200_000)
  if (n % 25 === 6) return newsletter(say, 20_000)
  if (n % 50 === 8) return mixed([plain, file(n)])
  if (n % 2500 === 11) return mixed([plain, calendar(say)])
  if (n % 2500 === 13) return phishing
  if (n % 2500 === 15) return report
  return plain
}

function newsletter(say: (count: number) => string, bytes: number): string {
  const row = () =>
    '<tr><td style="font-family:Arial,sans-serif;padding:8px 16px;color:#333333">' +
    `<h2 style="font-size:20px;margin:0">${say(4)}</h2><p>${say(30)}</p>` +
    `<a href="https://toko.example/${say(1)}" style="background:#0a7;color:#fff;padding:8px">${say(2)}</a>` +
    '<img src="https://toko.example/p.png" width="200" height="80" alt=""></td></tr>\r\n'
  let rows = ''
  while (rows.length < bytes) rows += row()
  return (
    'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' +
    '<style>@media (max-width:600px){td{padding:4px!important}}</style>' +
    `<body bgcolor="#f4f4f7"><table width="600" align="center" bgcolor="#ffffff">${rows}</table>\r\n`
  )
}

function mixed(parts: readonly string[]): string {
  const all = parts.map((part) => `--fixture\r\n${part}\r\n`).join('')
  return `Content-Type: multipart/mixed; boundary=fixture\r\n\r\n${all}--fixture--\r\n`
}

function file(n: number): string {
  const bytes = Buffer.alloc(3_000 + (n % 30_000), n % 251)
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
  const name = `"laporan ${n}.pdf"`
  const disposition = `Content-Disposition: attachment; filename=${name}`
  return `Content-Type: application/pdf; name=${name}\r\n${disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}`
}

function calendar(say: (count: number) => string): string {
  const lines = [
    ...['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'BEGIN:VEVENT', `SUMMARY:${say(3)}`],
    ...['DTSTART:20261201T020000Z', 'DTEND:20261201T030000Z', 'LOCATION:Ruang 3'],
    ...['ORGANIZER:mailto:siti@kampus.example', 'END:VEVENT', 'END:VCALENDAR'],
  ]
  return `Content-Type: text/calendar; charset=utf-8\r\n\r\n${lines.join('\r\n')}`
}

const phishing =
  'Reply-To: help@other.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n' +
  '<p>Akun Anda diblokir. <a href="https://evil.example/login">https://bank.example/login</a></p>\r\n'

const report =
  'Auto-Submitted: auto-replied\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n' +
  'Your message could not be delivered: 550 5.1.1 no such user\r\n'
