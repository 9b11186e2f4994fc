import assert from 'node:assert/strict'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { Emails } from './emails.ts'
import { began, openMail, put } from './testing/mail.ts'

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted
const text = 'Subject: hello\r\nMessage-ID: <1@example.net>\r\n\r\ntext\r\n'

everyEngine(
  'an email is changed in all its mailboxes at once, or not at all',
  async (t, engine) => {
    const mail = await openMail(t, { engine })
    const emails = new Emails(mail.ports, mail.mailboxes.changes)
    const account = 'a1'
    await put(mail, text)
    const [message] = await mail.mailboxes.messages(account, 'inbox', { limit: 1 })
    const email = message!.id
    const places = async () => {
      const [object] = await emails.get(account, [email])
      return object?.places.map(({ mailbox, flags }) => `${mailbox} ${flags}`).sort()
    }
    const add = ['archive', 'drafts']
    await emails.change({
      ...{ account, email },
      flags: { mode: 'patch', add: ['\\Seen', '\\Flagged'], remove: [] },
      mailboxes: { mode: 'patch', add, remove: ['inbox'] },
    })
    assert.deepEqual(await places(), ['archive 5', 'drafts 5'])
    const nowhere = { mode: 'replace', add: ['missing'], remove: [] } as const
    const flags = { mode: 'replace', add: [], remove: [] } as const
    const lost = emails.change({ account, email, flags, mailboxes: nowhere })
    await assert.rejects(lost, code('not-found'))
    const none = { mode: 'replace', add: [], remove: [] } as const
    await assert.rejects(emails.change({ account, email, mailboxes: none }), code('bad-value'))
    assert.deepEqual(await places(), ['archive 5', 'drafts 5'], 'what was refused changed nothing')
    const before = await emails.modseq(account)
    await emails.destroy(account, email)
    assert.equal(await places(), undefined)
    const news = await mail.messages.emailsSince(account, before, 100)
    assert.deepEqual(news?.destroyed, [email])
    await assert.rejects(emails.destroy(account, email), code('not-found'))
  },
)

everyEngine('what was uploaded becomes an email of the same bytes', async (t, engine) => {
  const mail = await openMail(t, { engine })
  const emails = new Emails(mail.ports, mail.mailboxes.changes)
  const account = 'a1'
  const upload = await emails.upload(account, 'message/rfc822', [Buffer.from(text)])
  assert.deepEqual((await emails.uploaded(account, upload.id))?.blob, upload.blob)
  assert.equal(await emails.uploaded('a2', upload.id), undefined)
  const { blob } = upload
  const mailboxes = ['inbox', 'archive']
  const made = await emails.import({ account, mailboxes, blob, flags: ['\\Draft'], receivedAt: 1 })
  const [object] = await emails.get(account, [made.id])
  assert.deepEqual([object?.places.length, object?.receivedAt, object?.size], [2, 1, text.length])
  const junk = await emails.upload(account, 'text/plain', [Buffer.from('no message')])
  const wrong = { account, mailboxes, blob: junk.blob, flags: [] }
  await assert.rejects(emails.import(wrong), code('bad-message'))
  mail.clock.now = began + 25 * 3_600_000
  await emails.upload(account, 'text/plain', [Buffer.from('later')])
  assert.equal(await emails.uploaded(account, upload.id), undefined)
  assert.equal((await emails.get(account, [made.id])).length, 1)
})
