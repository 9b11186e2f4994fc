// The admin socket of a whole server, asked as its owner would.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { silentLog } from '../base/log.ts'
import { adminSocket } from './admin-socket.ts'
import { defaults, type Settings } from './config/schema.ts'
import { type Started, start } from './start.ts'
import { addUsers, tryOut } from './try.ts'

const folder = mkdtempSync(join(tmpdir(), 'amplop-admin-'))
const place = { host: '127.0.0.1', port: 0 }
const data = join(folder, 'data')
const started = await open(data)
await addUsers(started, [{ name: 'tito', password: 'amplop' }])
after(async () => {
  await started.close(0)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

function settingsFor(folder: string): Settings {
  const { settings } = tryOut({ data: folder, portOffset: undefined, domains: ['example.com'] })
  return {
    ...settings,
    smtp: { ...settings.smtp, listen: [place] },
    submission: { listen: [], tls_listen: [] },
    pop3: { ...settings.pop3, listen: [], tls_listen: [] },
    imap: { ...settings.imap, listen: [], tls_listen: [] },
    managesieve: { ...settings.managesieve, listen: [] },
    gateway: { ...settings.gateway, tcp: [place], udp: [] },
    http: { ...settings.http, listen: [place] },
  }
}

function open(folder: string): Promise<Started> {
  return start({ settings: settingsFor(folder), log: silentLog, foreign: 'sink' })
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the shape it asked for.
type Answer = { status: number; body: any }

function ask(method: string, path: string, body?: unknown, at = data): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: adminSocket(at), method, path, agent: false }, (answer) => {
      let got = ''
      answer.setEncoding('utf8').on('data', (part) => {
        got += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(got) }))
    })
    asked.on('error', reject)
    asked.end(body === undefined ? '' : text)
  })
}

/** One message by the gateway; resolves with the answer. */
function send(recipient: string, subject = 'Halo'): Promise<string> {
  const port = started.listeners.find(({ name }) => name === 'gateway')?.port ?? 0
  const object = { sender: 'ann@example.org', recipient, subject, body: 'x' }
  return new Promise((resolve, reject) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(JSON.stringify(object)))
    socket.setEncoding('utf8').on('data', (part) => {
      got += part
    })
    socket.on('error', reject).on('close', () => resolve(got))
  })
}

describe('admin socket', () => {
  it("is its owner's alone", () => {
    assert.equal(statSync(data).mode & 0o777, 0o700)
    assert.equal(statSync(adminSocket(data)).mode & 0o777, 0o600)
  })

  it('tells the status: listeners, counters, messages, disk', async () => {
    assert.match(await send('tito'), /^Email successfully sent/)
    assert.match(await send('nobody@example.com'), /550 5\.1\.1/)
    const { status, body } = await ask('GET', '/status')
    assert.equal(status, 200)
    assert.equal(body.name, 'mail.example.com')
    assert.match(body.version, /^\d+\.\d+\.\d+/)
    assert.equal(body.folder, data)
    assert.equal(body.ready, true)
    const gateway = body.listeners.find(({ name }: { name: string }) => name === 'gateway')
    assert.equal(gateway.accepted, 2)
    assert.ok(gateway.port > 0 && gateway.bytesIn > 0 && gateway.bytesOut > 0)
    const [{ acceptedMs, ...counts }, ...others] = body.messages
    assert.deepEqual(counts, {
      ...{ protocol: 'gateway', accepted: 1, rejected: 1, deferred: 0, aborted: 0, delivered: 1 },
      refusals: { '550 5.1.1': 1 },
    })
    assert.ok(acceptedMs.p50 > 0 && others.length === 0)
    assert.ok(body.commitMs.p99 > 0)
    assert.ok(body.disk.usedBytes > 0 && body.disk.freeBytes > 0)
  })

  it('makes, lists and takes back app passwords', async () => {
    const path = '/app-passwords/tito%40example.com'
    const { status, body: made } = await ask('POST', path, { label: 'my phone' })
    assert.equal(status, 200)
    assert.match(made.password, /^[a-z2-9-]{23}$/)
    const { body: list } = await ask('GET', path)
    assert.deepEqual(
      list.map(({ id, label, usedAt }: Record<string, unknown>) => [id, label, usedAt]),
      [[made.id, 'my phone', 0]],
    )
    assert.ok(!JSON.stringify(list).includes(made.password))
    assert.equal((await ask('DELETE', `${path}?id=${made.id}`)).status, 200)
    assert.deepEqual((await ask('GET', path)).body, [])
    assert.equal((await ask('DELETE', `${path}?id=${made.id}`)).status, 404)
    assert.equal((await ask('POST', path, { label: '' })).status, 400)
    assert.equal((await ask('GET', '/app-passwords/nobody@example.com')).status, 404)
  })

  it('makes, shows, changes and removes users', async () => {
    const ann = { address: 'Ann@example.com', password: 'one', name: 'Ann', quotaBytes: 1000 }
    const made = await ask('POST', '/users', ann)
    assert.equal(made.status, 200)
    assert.equal(made.body.address, 'ann@example.com')
    assert.doesNotMatch(JSON.stringify(made.body), /one|argon2/)
    const change = { password: 'two', quotaMessages: 5, disabled: true }
    assert.equal((await ask('PUT', '/users/ann%40example.com', change)).status, 200)
    const { body } = await ask('GET', '/users/ann@example.com')
    const { disabled, messages, bytes, quotaMessages, quotaBytes } = body
    assert.deepEqual(
      { disabled, messages, bytes, quotaMessages, quotaBytes },
      { disabled: true, messages: 0, bytes: 0, quotaMessages: 5, quotaBytes: 1000 },
    )
    await ask('PUT', '/users/ann@example.com', { disabled: false })
    const where = { address: '127.0.0.1', protocol: 'smtp' } as never
    const login = (password: string) =>
      started.rooms?.accounts.authenticator(where).password('ann@example.com', password)
    assert.equal(await login('one'), undefined)
    assert.notEqual(await login('two'), undefined)
    assert.equal((await ask('DELETE', '/users/ann@example.com')).status, 200)
    assert.equal((await ask('GET', '/users/ann@example.com')).status, 404)
  })

  it('keeps domains, aliases and tokens', async () => {
    assert.equal((await ask('POST', '/domains', { name: 'shop.test' })).status, 200)
    const alias = { address: 'sales@shop.test', targets: ['tito@example.com'] }
    assert.equal((await ask('POST', '/aliases', alias)).status, 200)
    assert.match(await send('sales@shop.test'), /^Email successfully sent/)
    assert.deepEqual((await ask('GET', '/aliases')).body, [alias])
    assert.equal((await ask('DELETE', '/aliases/sales@shop.test')).status, 200)
    assert.equal((await ask('DELETE', '/domains/shop.test')).status, 200)
    const names = (await ask('GET', '/domains')).body.map(({ name }: { name: string }) => name)
    assert.deepEqual(names, ['example.com'])
    const token = await ask('POST', '/tokens', { name: 'printer', perMinute: 3 })
    const listed = (await ask('GET', '/tokens')).body
    assert.equal(listed[0].id, token.body.id)
    assert.doesNotMatch(JSON.stringify(listed), new RegExp(token.body.secret))
    assert.equal((await ask('DELETE', `/tokens/${token.body.id}`)).status, 200)
    assert.deepEqual((await ask('GET', '/tokens')).body, [])
  })

  it('finds traces by id, Message-ID and address, newest first', async () => {
    for (const subject of ['one', 'two']) await send('Tito@example.com', subject)
    const newest = (await ask('GET', '/traces?limit=2')).body
    const subjects = newest.map(({ subject }: { subject: string }) => subject)
    assert.deepEqual(subjects, ['two', 'one'])
    const [two] = newest
    const found = async (words: string) => {
      const query = new URLSearchParams({ of: words, limit: '1' })
      const { body } = await ask('GET', `/traces?${query}`)
      return body.map(({ id }: { id: string }) => id)
    }
    for (const words of [two.id, two.messageId, `<${two.messageId}>`, 'TITO@example.com'])
      assert.deepEqual(await found(words), [two.id], words)
    for (const words of ['nothing', 'stranger@example.net'])
      assert.deepEqual(await found(words), [])
  })

  const wrong: readonly (readonly [string, string, unknown, number, RegExp])[] = [
    ['POST', '/users', '{', 400, /^a JSON object is wanted$/],
    ['POST', '/users', {}, 400, /^address is missing$/],
    ['POST', '/users', { address: 'x', password: 'y', admin: true }, 400, /no field admin$/],
    ['POST', '/users', { address: 'x@y.test', password: 'y' }, 404, /^there is no domain y\.test$/],
    ['POST', '/users', { address: 'tito', password: 'y' }, 409, /^tito@example\.com is there/],
    ['POST', '/users', { address: 'a b@example.com', password: 'y' }, 400, /can name no account$/],
    ['POST', '/users', { address: 'a', password: '' }, 400, /^a password has 1 to 1024 bytes$/],
    ['POST', '/users', { address: 'a', password: 'b', quotaBytes: -1 }, 400, /^quotaBytes must be/],
    ['PUT', '/users/tito', { disabled: 'yes' }, 400, /^disabled must be true or false$/],
    ['DELETE', '/users/nobody@example.com', undefined, 404, /^there is no account nobody@/],
    ['POST', '/domains', { name: 'a_b' }, 400, /^"a_b" is no domain$/],
    ['DELETE', '/domains/EXAMPLE.com', undefined, 400, /^example\.com is set at the start/],
    ['POST', '/aliases', { address: 'a', targets: [] }, 400, /at least one target$/],
    ['POST', '/aliases', { address: 'a\u0000', targets: ['tito'] }, 400, /no control characters$/],
    ['DELETE', '/aliases/none@example.com', undefined, 404, /^there is no /],
    ['POST', '/tokens', { name: '' }, 400, /^a token has a name/],
    ['DELETE', '/tokens/none', undefined, 404, /^there is no token none$/],
    ['GET', '/traces?limit=0', undefined, 400, /^limit is a whole number from 1 to 1000$/],
  ]
  for (const [method, path, body, status, text] of wrong) {
    it(`says why not: ${method} ${path} ${JSON.stringify(body) ?? ''}`, async () => {
      const answer = await ask(method, path, body)
      assert.equal(answer.status, status)
      assert.match(answer.body.text, text)
    })
  }
})

describe('admin socket of other servers', () => {
  it('tells only the status of a forwarder, which it guards from a second one', async () => {
    const base = defaults()
    const settings: Settings = {
      ...base,
      server: { ...base.server, name: 'fw.test', data: join(folder, 'forwarder') },
      gateway: { ...base.gateway, tcp: [place], relay_host: '127.0.0.1' },
      http: { ...base.http, listen: [place], tls_listen: [] },
    }
    const forwarder = await start({ settings, log: silentLog, foreign: 'refuse' })
    const { status, body } = await ask('GET', '/status', undefined, forwarder.folder)
    assert.equal(status, 200)
    assert.deepEqual(body.messages, [])
    assert.equal((await ask('GET', '/users', undefined, forwarder.folder)).status, 404)
    await assert.rejects(
      start({ settings, log: silentLog, foreign: 'refuse' }),
      /another Amplop is running on .*forwarder: stop it, or give another folder/,
    )
    assert.equal((await ask('GET', '/status', undefined, forwarder.folder)).status, 200)
    await forwarder.close(0)
    assert.equal(existsSync(adminSocket(forwarder.folder)), false)
  })

  it('refuses a folder whose path no socket can have, and lets it go', async () => {
    const long = join(folder, 'x'.repeat(120))
    mkdirSync(long, { mode: 0o700 })
    const refusal = /is too long for a socket .* give a data folder with a shorter path/
    await assert.rejects(open(long), refusal)
    await assert.rejects(open(long), refusal)
  })
})
