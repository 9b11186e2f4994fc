// The mail that IMAP is measured with: 8 KB on average, texts in three encodings, attachments,
// replies; the same in every run, so that what a search must find is known.

const vocabulary =
  'the report meeting invoice please find attached schedule server update project budget quarter ' +
  'review release customer order shipment payment account request answer question team office ' +
  'contract draft proposal deadline tomorrow morning regards thanks hello version ticket backup'
const words = vocabulary.split(' ')
const people = [
  'Ana Wibowo <ana@contoh.example>',
  '"Peña, José" <jose@ejemplo.example>',
  'Support Desk <support@vendor.example>',
  '=?UTF-8?B?5L2Q6JekIOiKseWtkA==?= <hanako@kaisha.example>',
  'Dewi Lestari <dewi@universitas.example>',
  'ci@build.example',
]

/** Words that are in every so many-th message only. */
export const rare = {
  /** In the subject. */
  subject: { word: 'zanahoria', every: 100 },
  /** In a text of 7 bits. */
  body: { word: 'xylographica', every: 200 },
  /** In a text in base64 only. */
  encoded: { word: 'ornitorrinco', every: 250 },
} as const

/** How many of the first `count` messages have it. */
export function hits({ every }: { readonly every: number }, count: number): number {
  return Math.ceil(count / every)
}

/** The message of that number, from 0. */
export function mail(n: number): Buffer {
  const random = randomFrom(n)
  const say = (count: number) =>
    Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(' ')
  const paragraph = () => Array.from({ length: 5 }, () => say(11)).join('\r\n')
  const reply = n % 10 >= 8 && n > 3
  const mark = n % rare.subject.every === 0 ? ` ${rare.subject.word}` : ''
  const subject = `${reply ? 'Re: ' : ''}${say(4)}${mark}`
  const head = [
    `Received: from mx.example by mail.bench.example with ESMTPS id ${n}; ${dateOf(n)}`,
    `Date: ${dateOf(n)}`,
    `From: ${people[n % people.length]}`,
    `To: Load <load@bench.example>${n % 3 === 0 ? `, ${people[(n + 1) % people.length]}` : ''}`,
    `Subject: ${subject}`,
    `Message-ID: <${n}@bench.example>`,
    ...(reply ? [`In-Reply-To: <${n - 1}@bench.example>`] : []),
    ...(reply ? [`References: <${n - 2}@bench.example> <${n - 1}@bench.example>`] : []),
    'MIME-Version: 1.0',
    'User-Agent: Bench 1.0',
  ]
  const bodyMark = n % rare.body.every === 0 ? `\r\n${rare.body.word}` : ''
  const text = `${paragraph()}\r\n\r\n${paragraph()}${bodyMark}\r\n`
  const parts = [part('text/plain; charset=utf-8', text)]
  if (n % 10 < 8) parts.push(part('text/html; charset=utf-8', `<p>${paragraph()}</p>\r\n`))
  if (n % rare.encoded.every === 0)
    parts.push(
      encoded('text/plain; charset=utf-8', Buffer.from(`El ${rare.encoded.word} ñandú\r\n`)),
    )
  if (n % 4 === 0) parts.push(encoded('application/pdf; name="a.pdf"', noise(random, 16_000)))
  const whole = parts.map((each) => `--${boundary}\r\n${each}\r\n`).join('')
  head.push(`Content-Type: multipart/mixed; boundary="${boundary}"`)
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${whole}--${boundary}--\r\n`)
}

const boundary = '=_bench_boundary'

function part(type: string, text: string): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${text}`
}

function encoded(type: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}`
}

function noise(random: () => number, size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, () => random() * 256))
}

/** One an hour. */
function dateOf(n: number): string {
  return new Date(Date.UTC(2022, 0, 3) + n * 3_600_000).toUTCString().replace('GMT', '+0000')
}

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
