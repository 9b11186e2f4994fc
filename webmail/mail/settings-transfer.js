// Mail into files and out of them: a mailbox as one mbox file, messages of such files and of .eml.
import { el } from './dom.js'
import { mboxEntry, messagesOf } from './mbox.js'
import { button, note, setting } from './settings-form.js'
import { say } from './settings-words.js'
import { t } from './words.js'

const pageMax = 200
/** What a browser can hold of one file without trouble. */
const exportMaxBytes = 1_000_000_000

export function transfer() {
  return {
    name: 'transfer',
    title: say('transfer'),
    draw(ports) {
      const boxes = ports.boxes()
      const options = () =>
        boxes.map(({ id, shown, depth }) =>
          el('option', { value: id }, '\u2003'.repeat(depth) + shown),
        )
      const out = el('select', {}, ...options())
      const into = el('select', {}, ...options())
      const told = el('p', { role: 'status', className: 'quiet' })
      const files = el('input', {
        type: 'file',
        multiple: true,
        accept: '.eml,.mbox,message/rfc822',
        hidden: true,
        'aria-label': say('importFiles'),
      })
      const save = button(say('export'), () =>
        run(ports, told, () =>
          exported(
            ports,
            boxes.find(({ id }) => id === out.value),
            told,
          ),
        ),
      )
      const open = button(say('importFiles'), () => files.click())
      files.addEventListener('change', () => {
        const chosen = [...(files.files ?? [])]
        files.value = ''
        void run(ports, told, () => imported(ports, into.value, { chosen, told }))
      })
      return [
        note(say('transferHint')),
        setting(say('exportFrom'), '', out),
        el('p', { className: 'starts' }, save),
        setting(say('importTo'), '', into),
        el('p', { className: 'starts' }, open, files),
        told,
      ]
    },
  }
}

async function run(ports, told, work) {
  try {
    await work()
  } catch (error) {
    told.textContent = ''
    ports.failed(error)
  }
}

async function exported({ jmap }, box, told) {
  const entries = []
  let size = 0
  const filter = { inMailbox: box.id }
  const sort = [{ property: 'receivedAt', isAscending: true }]
  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }
  const properties = ['blobId', 'from', 'receivedAt']
  for (let position = 0; ; position += pageMax) {
    const [page, emails] = await jmap.call([
      ['Email/query', { filter, sort, position, limit: pageMax, calculateTotal: true }],
      ['Email/get', { '#ids': ids, properties }],
    ])
    for (const { blobId, from, receivedAt } of emails.list) {
      const answer = await fetch(jmap.url(blobId, 'message.eml', 'message/rfc822'))
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      const entry = mboxEntry(
        from?.[0]?.email ?? '',
        receivedAt,
        new Uint8Array(await answer.arrayBuffer()),
      )
      size += entry.length
      if (size > exportMaxBytes) throw new Error(say('tooLarge'))
      entries.push(entry)
      told.textContent = say('exported', { done: entries.length, n: page.total })
    }
    if (page.ids.length < pageMax) break
  }
  const url = URL.createObjectURL(new Blob(entries, { type: 'application/mbox' }))
  el('a', { href: url, download: `${box.shown.replaceAll('/', '-')}.mbox` }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

async function imported({ jmap, changed }, box, { chosen, told }) {
  let done = 0
  let refused = 0
  for (const file of chosen) {
    for (const message of messagesOf(new Uint8Array(await file.arrayBuffer()))) {
      const { blobId } = await jmap.upload(
        new File([/** @type {any} */ (message)], file.name, { type: 'message/rfc822' }),
        () => {},
      ).done
      const emails = {
        m: { blobId, mailboxIds: { [box]: true }, keywords: { $seen: true }, ...dated(message) },
      }
      const [answer] = await jmap.call([['Email/import', { emails }]])
      if (answer.created?.m) done++
      else refused++
      told.textContent =
        say('imported', { n: done }) + (refused > 0 ? ` ${say('notImported', { n: refused })}` : '')
    }
  }
  if (done === 0 && refused === 0) told.textContent = t('empty')
  changed()
}

/** As old as its Date says, where it says so. */
function dated(message) {
  const head =
    new TextDecoder('latin1').decode(message.subarray(0, 64_000)).split(/\r?\n\r?\n/)[0] ?? ''
  const ms = Date.parse(/^date:\s*(.*)$/im.exec(head)?.[1]?.replace(/\([^)]*\)/g, '') ?? '')
  if (Number.isNaN(ms) || ms < 0 || ms > Date.now()) return {}
  return { receivedAt: new Date(ms).toISOString().replace(/\.\d+/, '') }
}
