// A letter on its way: submitted with a moment to undo, or for a time that was chosen. Knows the
// server, and one line at the foot of the page.
import { addresses } from './addresses.js'
import { compose } from './compose-words.js'
import { kept, toast } from './dom.js'
import { refused } from './jmap.js'
import { longDate, t } from './words.js'

/** Longer than the button is there, so that who presses it is in time. */
const graceSeconds = 3

/**
 * @param {{jmap: any, box: (role: string) => string, changed: () => void, reopen: (draft: any) => void, failed: (error: unknown) => void}} ports
 * @param {any} draft that lies on the server
 * @param {Date} [at] when it is to go out
 */
export async function submit(ports, draft, at) {
  const { jmap, box } = ports
  const seconds = kept.all().undo ?? 5
  const [sent, drafts] = [box('sent'), box('drafts')]
  const patch = {
    [`mailboxIds/${sent}`]: true,
    [`mailboxIds/${drafts}`]: null,
    'keywords/$draft': null,
  }
  const hold = at
    ? { HOLDUNTIL: at.toISOString().replace(/\.\d+/, '') }
    : seconds > 0
      ? { HOLDFOR: String(seconds + graceSeconds) }
      : null
  const { serverId: emailId, identityId = 'own' } = draft
  const create = { s: { emailId, identityId, envelope: envelopeOf(draft, hold) } }
  const [answer] = await jmap.call([
    ['EmailSubmission/set', { create, onSuccessUpdateEmail: { '#s': patch } }],
  ])
  refused(answer)
  // What is answered is marked once the answer is under way, and not before.
  for (const { id, mark } of draft.originals ?? [])
    await jmap
      .set('Email/set', { update: { [id]: { [`keywords/${mark}`]: true } } })
      .catch(() => {})
  const { id } = answer.created.s
  if (!at && seconds === 0) return toast(t('sending'))
  const word = at ? compose('planned', { when: longDate(at.toISOString()) }) : t('sending')
  toast(word, t('undo'), () => void undo(ports, draft, id), at ? 10 : seconds)
}

async function undo({ jmap, box, reopen, changed, failed }, draft, id) {
  try {
    const [stopped] = await jmap.call([
      ['EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } }],
    ])
    if (stopped.notUpdated?.[id]) return toast(t('tooLate'))
    const back = {
      [`mailboxIds/${box('drafts')}`]: true,
      [`mailboxIds/${box('sent')}`]: null,
      'keywords/$draft': true,
    }
    await jmap.set('Email/set', { update: { [draft.serverId]: back } })
    toast(t('heldBack'))
    reopen(draft)
    changed()
  } catch (error) {
    failed(error)
  }
}

function envelopeOf({ from, to, cc, bcc }, parameters) {
  const all = new Set(addresses([to, cc, bcc].join(',')).map(({ email }) => email))
  const rcptTo = [...all].map((email) => ({ email, parameters: null }))
  return { mailFrom: { email: from.email, parameters }, rcptTo }
}

/** Times that are often wanted. @param {Date} now */
export function laterTimes(now) {
  const morning = (days) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 8, 0, 0, 0)
  const toMonday = (8 - now.getDay()) % 7 || 7
  return { tomorrow: morning(1), monday: morning(toMonday) }
}
