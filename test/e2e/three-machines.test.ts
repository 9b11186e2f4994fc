// Source A's three machines and its three cases: a client at 192.168.50.1, a stand-alone forwarder
// at .2, the server with its mailboxes and its page at .3, each in a network namespace.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Card } from '../../src/protocols/board/card.ts'
import type { Heard } from '../support/classic-client.ts'
import { openHouse } from '../support/house.ts'
import { captured, domain, ketua, sent } from '../support/kelompok.ts'
import { lettersIn } from '../support/letters.ts'
import { type Machine, openNetwork } from '../support/network.ts'
import { newFolder } from '../support/places.ts'
import { readMail } from '../support/read-mail.ts'
import { amplop, type Running } from '../support/running.ts'

const network = await openNetwork({ after }, ['client', 'forwarder', 'server'])
const options = typeof network === 'string' ? { skip: network } : {}

function at(name: 'client' | 'forwarder' | 'server'): Machine {
  assert.ok(typeof network !== 'string')
  return network[name]
}

const run = promisify(execFile)
const prefix = 'Error sending email via SMTP error message: '
const trusted = '["127.0.0.0/8", "192.168.50.0/24"]'

interface Served {
  readonly running: Running
  readonly folder: string
}

async function serve(t: TestContext, name: 'forwarder' | 'server', more: string): Promise<Served> {
  const place = newFolder(t)
  const file = join(place, 'amplop.toml')
  writeFileSync(file, `log = { file = "log" }\n${more}`)
  const running = amplop(t, ['serve', '-c', file], { under: at(name).under })
  await running.said(/is ready/)
  return { running, folder: join(place, 'data') }
}

function startForwarder(t: TestContext): Promise<Served> {
  return serve(
    t,
    'forwarder',
    `server = { name = "forwarder.${domain}", trusted_networks = ${trusted} }
    http = { listen = [], tls_listen = [] }
    [gateway]
    tcp = ["0.0.0.0:1239"]
    relay_host = "${at('server').address}"
    report_url = "http://${at('server').address}:8080/board/report"`,
  )
}

/** With an account for tito. */
async function startServer(t: TestContext): Promise<Served> {
  const server = await serve(
    t,
    'server',
    `server = { name = "mail.${domain}", domains = ["${domain}"], trusted_networks = ${trusted} }
    smtp = { listen = ["0.0.0.0:25"] }
    submission = { listen = [], tls_listen = [] }
    pop3 = { listen = [], tls_listen = [] }
    imap = { listen = [], tls_listen = [] }
    http = { listen = ["0.0.0.0:8080"], tls_listen = [] }
    outgoing = { enabled = false }
    board = { everything = true, read = "anyone" }`,
  )
  const words = ['user', 'add', `tito@${domain}`, '--password-stdin', '--data', server.folder]
  const added = amplop(t, words, { input: 'amplop\n' })
  assert.equal(await added.ended, 0, added.output())
  return server
}

/** What the bare client hears from the forwarder. */
function classic(object: string): Promise<Heard> {
  return inClient('classic-client.ts', at('forwarder').address, '1239', object)
}

/** The first card at the server, as a reader at the client's machine gets it, that matches. */
function card(pattern: string): Promise<Card> {
  return inClient('next-card.ts', `http://${at('server').address}:8080/`, pattern)
}

async function inClient<T>(script: string, ...args: readonly string[]): Promise<T> {
  const [command = '', ...words] = at('client').under
  const path = fileURLToPath(new URL(`../support/${script}`, import.meta.url))
  const { stdout } = await run(command, [...words, process.execPath, path, ...args])
  return JSON.parse(stdout)
}

/** `amplop send` at the client's machine, everything typed. */
function send(t: TestContext, input: string): Running {
  const args = ['send', '--host', at('forwarder').address, '--from', ketua]
  return amplop(t, args, { under: at('client').under, input })
}

const letter = captured.replace('wireshark@rarww.com', `tito@${domain}`)

function journeyOf({ steps }: Card): string[] {
  return steps.map(({ step, ok, said }) => `${step} ${ok ? 'ok' : 'failed'} ${said}`.trim())
}

test(
  'all up: the classic answer, mail in the mailbox, a card with the whole way',
  options,
  async (t) => {
    const server = await startServer(t)
    const forwarder = await startForwarder(t)
    const heard = await classic(letter)
    assert.deepEqual([heard.text, heard.ended], [sent, true])
    const shown = await card('"relayed"')
    const { from, recipients, subject, text, client, accepted } = shown
    assert.deepEqual(
      { from, subject, text, client, accepted },
      {
        from: ketua,
        subject: 'wireshakrkk',
        text: 'rararrrwwrrrr',
        client: at('forwarder').address,
        accepted: true,
      },
    )
    assert.deepEqual(
      recipients.map(({ address, code, place }) => [address, code, place]),
      [[`tito@${domain}`, 250, 'mailbox']],
    )
    const journey = journeyOf(shown).join('\n')
    assert.match(journey, /^relayed ok 192\.168\.50\.3:25 250 2\.0\.0 OK: queued as/m)
    assert.match(journey, /^mailbox ok/m)
    const typed = send(t, `tito@${domain}\niki tes\nisi\nn\n`)
    assert.equal(await typed.ended, 0, typed.output())
    assert.match(typed.output(), new RegExp(`^Server response: ${sent}$`, 'm'))
    assert.deepEqual(
      [await forwarder.running.stop(), await server.running.stop()],
      [0, 0],
      'both end as they are told to',
    )
    const { started } = await openHouse(t, { folder: server.folder, domain, users: [] })
    assert.ok(started.rooms)
    const letters = await lettersIn(started.rooms, `tito@${domain}`)
    assert.deepEqual(
      letters.map(({ body }) => readMail(body)).map(({ subject, body }) => [subject, body]),
      [
        ['wireshakrkk', 'rararrrwwrrrr\n'],
        ['iki tes', 'isi\n'],
      ],
    )
    for (const { prefix } of letters) assert.match(prefix, /Received: from .*\[192\.168\.50\.2\]/s)
  },
)

test(
  'all up: who is refused hears the code of the server, and the page shows it',
  options,
  async (t) => {
    await startServer(t)
    await startForwarder(t)
    const refusals = [
      [captured, '550 5.4.4 No route: this server does not deliver to other domains'],
      [captured.replace('wireshark@rarww.com', `halo@${domain}`), '550 5.1.1 No such user here'],
    ] as const
    for (const [object, words] of refusals) {
      assert.equal((await classic(object)).text, `${prefix}${words}`)
      const shown = await card(`"reply":"${words.slice('550 5.1.1 '.length)}"`)
      assert.equal(shown.accepted, false)
      assert.equal(`${shown.code} ${shown.status} ${shown.reply}`, words)
      assert.equal(journeyOf(shown).at(-1), `relayed failed 192.168.50.3:25 ${words}`)
    }
  },
)

test(
  'server down: its refusal in words, within 5 s; once it is up, mail flows',
  options,
  async (t) => {
    await startForwarder(t)
    const heard = await classic(letter)
    assert.equal(heard.text, `${prefix}[Errno 111] Connection refused`)
    assert.ok(heard.ended)
    assert.ok(heard.ms < 5000, `${heard.ms} ms`)
    const typed = send(t, `tito@${domain}\nhalo\nhalo\nn\n`)
    assert.equal(await typed.ended, 1)
    assert.match(
      typed.output(),
      /^Server response: Error sending email via SMTP error message: \[Errno 111\] Connection refused$/m,
    )
    await startServer(t)
    assert.equal((await classic(letter)).text, sent)
  },
)

test('server unplugged: told within the time for connecting', options, async (t) => {
  await startForwarder(t)
  at('server').plugged(false)
  t.after(() => at('server').plugged(true))
  const { text, ms } = await classic(letter)
  assert.match(text, /^Error sending email via SMTP error message: \[Errno 11[03]\] /)
  assert.ok(ms < 6000, `${ms} ms`)
})

test('forwarder down: the client says so, and asks whether to go on', options, async (t) => {
  await startServer(t)
  const typed = send(t, 'halo@halo.com\nhalo\nhalo\nn\n')
  assert.equal(await typed.ended, 1)
  assert.match(typed.output(), /Failed to connect to forwarder Connection refused/)
  assert.match(typed.output(), /another.*\?/i)
  assert.doesNotMatch(typed.output(), /^\s+at /m)
})
