// A whole Amplop in this process, on loopback and ports of its own, as `amplop try` makes it.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Place } from '../../src/app/config/kinds.ts'
import type { Settings } from '../../src/app/config/schema.ts'
import type { Foreign } from '../../src/app/rooms.ts'
import { type Started, type StartOptions, start } from '../../src/app/start.ts'
import { addUsers, type TryUser, tryOut, tryPassword } from '../../src/app/try.ts'
import { silentLog } from '../../src/base/log.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { lettersIn } from './letters.ts'
import { type Cleanup, newFolder } from './places.ts'

export interface HouseOptions {
  readonly domain?: string
  readonly users?: readonly string[]
  readonly folder?: string
  readonly foreign?: Foreign
  readonly outside?: StartOptions['outside']
  readonly change?: (settings: Settings) => Settings
}

const place = { host: '127.0.0.1', port: 0 }
const anyPort = ({ host }: Place): Place => ({ host, port: 0 })

export interface House {
  readonly started: Started
  /** The port of a service, on IPv4 unless told otherwise. */
  port(service: string, host?: string): number
  /** A client of the SMTP port that has heard the greeting. */
  smtp(): Promise<Player>
  /** One message by SMTP; resolves with the last reply. */
  send(to: readonly string[], text: string, from?: string): Promise<string>
  /** The received bytes of every message in an INBOX, oldest first. */
  inbox(name: string): Promise<Buffer[]>
  close(): Promise<void>
}

/** Opens a house; it closes when the test ends. */
export async function openHouse(test: Cleanup, options: HouseOptions = {}): Promise<House> {
  const { domain = 'example.com', users = ['tito', 'iqbal'], foreign = 'sink' } = options
  const data = options.folder ?? newFolder(test)
  const base = tryOut({ data, portOffset: undefined, domains: [domain] }).settings
  const anyPorts: Settings = {
    ...base,
    smtp: { ...base.smtp, listen: base.smtp.listen.map(anyPort) },
    submission: { listen: [place], tls_listen: [place] },
    pop3: { ...base.pop3, listen: [place], tls_listen: [place] },
    imap: { ...base.imap, listen: [place], tls_listen: [place] },
    managesieve: { ...base.managesieve, listen: [place] },
    // It asks the DNS of the world, which a test leaves alone.
    trust: { ...base.trust, enabled: false },
    gateway: {
      ...base.gateway,
      tcp: base.gateway.tcp.map(anyPort),
      tls: [place],
      udp: [place],
    },
    http: { ...base.http, listen: [place], tls_listen: [place] },
  }
  const settings = options.change?.(anyPorts) ?? anyPorts
  const { outside } = options
  const started = await start({
    ...{ settings, log: silentLog, foreign },
    ...(outside ? { outside } : {}),
  })
  let open = true
  const close = async () => {
    if (!open) return
    open = false
    await started.close(2000)
  }
  test.after(close)
  const people: TryUser[] = users.map((name) => ({ name, password: tryPassword }))
  await addUsers(started, people)
  const port = (service: string, host = '127.0.0.1') => {
    const found = started.listeners.find(
      ({ name, address }) => name === service && address === host,
    )
    assert.ok(found, `${service} listens on ${host}`)
    return found.port
  }
  const smtp = async () => {
    const player = new Player(connect(port('smtp'), '127.0.0.1').setNoDelay(true))
    assert.match(await player.line(), /^220 /)
    return player
  }
  return {
    started,
    port,
    smtp,
    close,
    send: (to, text, from = 'ann@example.org') => sendBy(smtp, to, text, from),
    inbox: (name) => inboxOf(started, name, domain),
  }
}

async function sendBy(
  smtp: () => Promise<Player>,
  to: readonly string[],
  text: string,
  from: string,
): Promise<string> {
  const client = await smtp()
  await client.ask('EHLO test.example')
  await client.ask(`MAIL FROM:<${from}>`)
  for (const one of to) await client.ask(`RCPT TO:<${one}>`)
  const go = await client.ask('DATA')
  if (!go.startsWith('354')) return go
  const stuffed = text.replaceAll(/^\./gm, '..')
  const reply = await client.ask(
    `${stuffed}${stuffed.endsWith('\r\n') || stuffed === '' ? '' : '\r\n'}.`,
  )
  await client.ask('QUIT')
  return reply
}

async function inboxOf(started: Started, name: string, domain: string): Promise<Buffer[]> {
  assert.ok(started.rooms)
  const address = name.includes('@') ? name : `${name}@${domain}`
  return (await lettersIn(started.rooms, address)).map(({ body }) => body)
}
