// `amplop send`: the classic client of the gateway. Asks for a message, or takes it from flags,
// sends it as one JSON object and shows what is answered.
import { readFileSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'
import { parseArgs } from 'node:util'
import { loopback, Networks } from '../base/networks.ts'
import { systemWords } from '../base/system-error.ts'

/** Where the command reads and writes; a terminal, or what a test puts in its place. */
export interface SendStreams {
  readonly input: NodeJS.ReadableStream & { isTTY?: boolean }
  readonly output: NodeJS.WritableStream
  readonly errors: NodeJS.WritableStream
}

const help = `Usage: amplop send [flags]
Sends a message through the gateway. Without --to it asks for everything.

  -t, --to ADDRESS       recipient; several with commas, or several times
  -s, --subject TEXT
  -b, --body TEXT        the text; else it is read from standard input
      --body-file FILE   the text from a file
  -f, --from ADDRESS     sender (default: you, at this machine)
  -H, --host HOST        where the gateway is (default 127.0.0.1)
  -p, --port PORT        and its port (default 1239)
      --tls              speak TLS; the certificate is checked unless the host is this machine
      --token TOKEN      for a gateway that does not trust this machine's network
  -h, --help

Exit status: 0 sent, 1 not sent, 2 wrong use.
`

const flags = {
  to: { type: 'string', short: 't', multiple: true },
  subject: { type: 'string', short: 's' },
  body: { type: 'string', short: 'b' },
  'body-file': { type: 'string' },
  from: { type: 'string', short: 'f' },
  host: { type: 'string', short: 'H', default: '127.0.0.1' },
  port: { type: 'string', short: 'p', default: '1239' },
  tls: { type: 'boolean', default: false },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const connectTimeoutMs = 5_000
/** The gateway may itself have to wait for a next hop. */
const answerTimeoutMs = 120_000
const bodyMaxBytes = 10 * 1024 * 1024
const sentText = 'Email successfully sent via SMTP.'

type Flags = ReturnType<typeof parse>

interface Letter {
  readonly recipient: string
  readonly subject: string
  readonly body: string
}

/** The command line is wrong; `message` says how. */
class WrongUse extends Error {}
/** The gateway was not reached, in the system's words. */
class NotReached extends Error {}

/** Runs the command. Resolves with its exit status: 0 sent, 1 not sent, 2 wrong use. */
export async function send(
  args: readonly string[],
  streams: SendStreams = { input: process.stdin, output: process.stdout, errors: process.stderr },
): Promise<number> {
  try {
    const given = parse(args)
    if (given.help) {
      streams.output.write(help)
      return 0
    }
    return given.to === undefined ? await ask(given, streams) : await sendOnce(given, streams)
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error
    streams.errors.write(`amplop send: ${error.message} (see amplop send --help)\n`)
    return 2
  }
}

function parse(args: readonly string[]) {
  const { values } = parsed(args)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new WrongUse(`"${values.port}" is no port`)
  if (values.body !== undefined && values['body-file'] !== undefined)
    throw new WrongUse('give --body or --body-file, not both')
  return { ...values, port, from: values.from ?? ownAddress() }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags })
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message.split('\n')[0] : String(error))
  }
}

async function sendOnce(given: Flags, streams: SendStreams): Promise<number> {
  const body = await bodyOf(given, streams)
  const letter = { recipient: (given.to ?? []).join(','), subject: given.subject ?? '', body }
  try {
    const answer = await converse(given, letter)
    const sent = answer === sentText
    const to = sent ? streams.output : streams.errors
    to.write(`${answer === '' ? noAnswer : answer}\n`)
    return sent ? 0 : 1
  } catch (error) {
    streams.errors.write(`${failure(given, error)}\n`)
    return 1
  }
}

async function bodyOf(given: Flags, { input }: SendStreams): Promise<string> {
  const file = given['body-file']
  if (given.body !== undefined) return given.body
  if (file !== undefined) {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      throw new WrongUse(error instanceof Error ? error.message : `cannot read ${file}`)
    }
  }
  if (input.isTTY) throw new WrongUse('give --body or --body-file, or pipe the text in')
  const parts: Buffer[] = []
  let size = 0
  for await (const part of input) {
    parts.push(Buffer.from(part))
    size += part.length
    if (size > bodyMaxBytes) throw new WrongUse(`the text is longer than ${bodyMaxBytes} bytes`)
  }
  return Buffer.concat(parts).toString()
}

/** Asks for one message after the other, each from nothing, until the answer is no. */
async function ask(given: Flags, streams: SendStreams): Promise<number> {
  const { input, output } = streams
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const answers = lines[Symbol.asyncIterator]()
  const question = async (prompt: string): Promise<string> => {
    output.write(prompt)
    const { value, done } = await answers.next()
    if (done) throw new InputEnded()
    return String(value)
  }
  output.write('=== Email Client ===\n')
  let status = 0
  let tried = 0
  try {
    do {
      const recipient = await question('To: ')
      const subject = given.subject ?? (await question('Subject: '))
      const ready = given.body !== undefined || given['body-file'] !== undefined
      const body = ready ? await bodyOf(given, streams) : await bodyAsked(question)
      tried++
      if (!(await show(given, { recipient, subject, body }, output))) status = 1
    } while (/^y/i.test((await question('Send another? (y/n): ')).trim()))
    output.write('Goodbye.\n')
  } catch (error) {
    if (!(error instanceof InputEnded)) throw error
    output.write('\n')
    if (tried === 0) throw new WrongUse('the input ended before the message; or give it by flags')
  } finally {
    lines.close()
  }
  return status
}

/** Nobody is there to answer any more. */
class InputEnded extends Error {}

async function bodyAsked(question: (prompt: string) => Promise<string>): Promise<string> {
  const first = await question('Body (one line; or "." to begin several lines, "." to end them): ')
  if (first !== '.') return first
  const lines: string[] = []
  for (;;) {
    const line = await question('')
    if (line === '.') return lines.join('\n')
    lines.push(line)
  }
}

/** Sends a message and shows how that went; whether it was sent. */
async function show(given: Flags, letter: Letter, output: NodeJS.WritableStream): Promise<boolean> {
  try {
    const answer = await converse(given, letter, () =>
      output.write(`Connected to forwarder ${given.host}:${given.port}, sending the email\n`),
    )
    output.write(`Server response: ${answer === '' ? noAnswer : answer}\n`)
    return answer === sentText
  } catch (error) {
    output.write(`${failure(given, error)}\n`)
    return false
  }
}

const noAnswer = 'none (the forwarder closed the connection without an answer)'

function failure({ host, port }: Flags, error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  if (!(error instanceof NotReached))
    return `Sending through forwarder ${host}:${port} failed: ${words}`
  return (
    `Failed to connect to forwarder ${words} (${host}:${port}). ` +
    'Is it running? Start one with "amplop try", or say where it is with --host and --port.'
  )
}

/** One object out, text in to the server's end. @throws NotReached */
async function converse(given: Flags, letter: Letter, connected?: () => void): Promise<string> {
  const socket = await opened(given)
  connected?.()
  const { recipient, subject, body } = letter
  const token = given.token === undefined ? {} : { token: given.token }
  socket.write(JSON.stringify({ sender: given.from, recipient, subject, body, ...token }))
  const parts: Buffer[] = []
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer in ${answerTimeoutMs / 1000} s`)),
    answerTimeoutMs,
  )
  try {
    for await (const part of socket) parts.push(part)
  } catch (error) {
    // An answer that came is an answer, however the connection ended.
    if (parts.length === 0) throw new Error(systemWords(error))
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
  return Buffer.concat(parts).toString().trimEnd()
}

async function opened({ host, port, tls }: Flags): Promise<Socket> {
  const local = host === 'localhost' || new Networks(loopback).has(host)
  const socket = tls
    ? connectTls({
        host,
        port,
        rejectUnauthorized: !local,
        ...(isIP(host) === 0 ? { servername: host } : {}),
      })
    : connect({ host, port })
  const late = Object.assign(new Error(), { code: 'ETIMEDOUT' })
  const timer = setTimeout(() => socket.destroy(late), connectTimeoutMs)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
    })
  } catch (error) {
    throw new NotReached(systemWords(error))
  } finally {
    clearTimeout(timer)
  }
  return socket
}

/** Who runs the command, as an address: only what an address may hold. */
function ownAddress(): string {
  const fit = (text: string) => text.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '')
  const user = fit(userInfo().username.replace(/\.+/g, '.'))
  const host = fit(hostname().replace(/\.+/g, '.'))
  return `${user || 'sender'}@${host || 'localhost'}`
}
