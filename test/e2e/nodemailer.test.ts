// nodemailer, the mail client of most programs written for Node, in each of its ways.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, describe, it } from 'node:test'
import nodemailer from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport'
import { credentials } from '../support/credentials.ts'
import { openHouse } from '../support/house.ts'
import { lettersIn } from '../support/letters.ts'

const { change } = await credentials({ after })
const house = await openHouse({ after }, { change })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const tls = { rejectUnauthorized: false }
const tito = { user: 'tito@example.com', pass: 'amplop' }
const mail = {
  from: 'Tito <tito@example.com>',
  to: 'iqbal@example.com',
  subject: 'ñandú',
  text: '.\n..\nhello ✓\n',
}

function transport(service: string, more: SMTPTransport.Options) {
  const port = house.port(service)
  return nodemailer.createTransport({ host: '127.0.0.1', port, tls, ...more })
}

async function newest(): Promise<string> {
  const { body, prefix } = (await lettersIn(rooms, 'iqbal@example.com')).at(-1)!
  return `${prefix}${body}`
}

describe('nodemailer', () => {
  const cases: [string, string, SMTPTransport.Options, RegExp][] = [
    ['as it comes', 'smtp', { ignoreTLS: true }, /with ESMTP\s/],
    ['STARTTLS where it is offered', 'smtp', {}, /with ESMTPS\s/],
    ['STARTTLS and AUTH', 'submission', { auth: tito }, /with ESMTPSA\s/],
    ['requireTLS', 'submission', { auth: tito, requireTLS: true }, /with ESMTPSA\s/],
    ['TLS', 'submissions', { auth: tito, secure: true }, /with ESMTPSA\s/],
    ['PLAIN', 'submissions', { auth: tito, secure: true, authMethod: 'PLAIN' }, /ESMTPSA/],
    ['LOGIN', 'submissions', { auth: tito, secure: true, authMethod: 'LOGIN' }, /ESMTPSA/],
    [
      'XOAUTH2',
      'submission',
      { auth: { type: 'OAuth2', user: tito.user, accessToken: 'good' } },
      /with ESMTPSA\s/,
    ],
  ]
  for (const [name, service, options, received] of cases)
    it(`T003-16 nodemailer: ${name}`, async () => {
      const info = await transport(service, options).sendMail(mail)
      assert.match(info.response, /^250 2\.0\.0 /)
      assert.deepEqual(info.accepted, ['iqbal@example.com'])
      const letter = await newest()
      assert.match(letter, received)
      assert.ok(letter.includes(info.messageId))
    })

  it('T003-16 nodemailer: verify() says whether a login is good', async () => {
    assert.equal(await transport('submission', { auth: tito }).verify(), true)
    const wrong = transport('submission', { auth: { user: 'tito', pass: 'wrong' } })
    await assert.rejects(wrong.verify(), { code: 'EAUTH', responseCode: 535 })
  })

  it('T003-16 nodemailer: a pool sends 50 over three connections', async () => {
    const before = (await lettersIn(rooms, 'iqbal@example.com')).length
    const pool = nodemailer.createTransport({
      ...{ host: '127.0.0.1', port: house.port('submissions'), tls, auth: tito },
      ...{ secure: true, pool: true, maxConnections: 3 },
    })
    const sent = Array.from({ length: 50 }, (_, n) => pool.sendMail({ ...mail, subject: `${n}` }))
    await Promise.all(sent)
    pool.close()
    assert.equal((await lettersIn(rooms, 'iqbal@example.com')).length - before, 50)
  })

  it('T003-16 nodemailer: an attachment, HTML and what DSN asks', async () => {
    const content = randomBytes(300_000)
    const { rejected } = await transport('submission', { auth: tito }).sendMail({
      ...{ ...mail, html: '<p>hello</p>', attachments: [{ filename: 'ñ.bin', content }] },
      dsn: { id: 'x1', return: 'headers', notify: ['failure', 'delay'], recipient: mail.to },
    })
    assert.deepEqual(rejected, [])
    const encoded = (await newest()).replaceAll('\r\n', '')
    assert.ok(encoded.includes(content.toString('base64')))
  })

  it('T003-16 nodemailer: SMTPUTF8 addresses', async () => {
    await rooms.accounts.addAccount('ñandú@example.com', 'amplop')
    const to = 'ñandú@example.com'
    await transport('smtp', {}).sendMail({ ...mail, from: 'josé@example.org', to })
    assert.equal((await lettersIn(rooms, to)).length, 1)
  })

  it('T003-16 nodemailer: a recipient that is refused, beside one that is not', async () => {
    const info = await transport('submission', { auth: tito }).sendMail({
      ...mail,
      to: ['nobody@example.com', 'iqbal@example.com'],
    })
    assert.deepEqual(info.rejected, ['nobody@example.com'])
    assert.deepEqual(info.accepted, ['iqbal@example.com'])
    const none = transport('smtp', {}).sendMail({ ...mail, to: 'nobody@example.com' })
    await assert.rejects(none, { code: 'EENVELOPE', responseCode: 550 })
  })
})
