// What is known of where a message is from, in one line under its sender, with the evidence one step
// away: verified or not, the first from this sender, a name or a domain like another's, and why it
// is junk. Knows the server's answer, no list.
import { domainOf } from './addresses.js'
import { el } from './dom.js'
import { takenFor } from './likeness.js'
import { word } from './reading-words.js'

/** What the server knows of how a message came; undefined where it came in no way it saw. */
export async function originOf(jmap, email) {
  const from = email.from?.[0]?.email ?? ''
  const [origins, before] = await jmap.call([
    ['EmailOrigin/get', { ids: [email.id] }],
    ['Email/query', { filter: { from: from || '@' }, limit: 3 }],
  ])
  const earlier = before.ids.filter((id) => id !== email.id).length > 0
  return { origin: origins.list[0], first: from !== '' && !earlier }
}

/**
 * @param {{jmap: any, people: any}} ports
 * @param {any} email
 */
export function trustLine({ jmap, people }, email) {
  const holder = el('div', { className: 'trust' })
  const facts = originOf(jmap, email)
  void facts.then(
    ({ origin, first }) => {
      const found = judgement(email, { origin, first, people, own: jmap.session.username })
      if (found.length > 0) holder.append(line(found, origin))
    },
    () => {},
  )
  return holder
}

/**
 * Sentences, the gravest first, each "good", "note" or "bad".
 * @param {any} email
 * @param {{origin: any, first: boolean, people: any, own: string}} known
 * @returns {{state: 'good' | 'note' | 'bad', text: string}[]}
 */
export function judgement(email, { origin, first, people, own }) {
  const { name = '', email: address = '' } = email.from?.[0] ?? {}
  const domain = domainOf(address)
  /** @type {{state: 'good' | 'note' | 'bad', text: string}[]} */
  const found = []
  const tell = (state, text) => found.push({ state, text })
  const other = takenFor(domain, [domainOf(own), ...(people?.domains ?? [])])
  if (other) tell('bad', word('lookAlike', { domain, other }))
  const named = /[^\s<>"']+@[^\s<>"']+\.[a-z]{2,}/i.exec(name ?? '')?.[0]
  if (named && named.toLowerCase() !== address.toLowerCase())
    tell('bad', word('otherName', { named, address }))
  const proof = proofOf(origin, domain)
  if (proof) found.push(proof)
  const answers = email.replyTo?.[0]?.email ?? ''
  if (answers && domainOf(answers) !== domain && !listed(email))
    tell('note', word('answersTo', { address: answers }))
  if (first && domain !== domainOf(own)) tell('note', word('firstTime'))
  const grave = { bad: 0, good: 1, note: 2 }
  return found.sort((a, b) => grave[a.state] - grave[b.state])
}

/** @returns {{state: 'good' | 'note' | 'bad', text: string} | undefined} */
function proofOf(origin, domain) {
  if (origin?.journey?.login) return { state: 'good', text: word('fromHere') }
  const proofs = origin?.authentication
  if (!proofs) return undefined
  if (proofs.dmarc.result === 'pass') return { state: 'good', text: word('verified', { domain }) }
  const signed = proofs.dkim.find((each) => each.result === 'pass')?.domain
  if (signed === domain || (proofs.spf.result === 'pass' && proofs.spf.domain === domain))
    return { state: 'good', text: word('verified', { domain }) }
  if (proofs.dmarc.result === 'fail') return { state: 'bad', text: word('failed', { domain }) }
  return { state: 'note', text: word('unverified', { domain }) }
}

function listed(email) {
  return (email['header:List-Post:asURLs'] ?? []).length > 0
}

function line(found, origin) {
  const sentence = found.map(({ state, text }) =>
    el('span', { className: 'say', 'data-state': state }, text),
  )
  const evidence = [...proofLines(origin), ...junkLines(origin)]
  if (evidence.length === 0) return el('p', {}, ...sentence)
  return el(
    'details',
    { className: 'tell' },
    el('summary', {}, ...sentence, el('span', { className: 'why' }, word('why'))),
    el('ul', {}, ...evidence.map((text) => el('li', {}, text))),
  )
}

function proofLines(origin) {
  const proofs = origin?.authentication
  if (!proofs) return []
  const { spf, dkim, dmarc } = proofs
  const each = (name, { result, domain, why }) =>
    `${name}: ${[result, domain, why].filter(Boolean).join(' · ')}`
  return [
    each('SPF', spf),
    ...(dkim.length > 0 ? dkim.map((one) => each('DKIM', one)) : [`DKIM: ${word('noSignature')}`]),
    each('DMARC', dmarc),
  ]
}

function junkLines(origin) {
  const spam = origin?.spam
  if (!spam) return []
  const said = spam.junk ? 'isJunk' : 'isNoJunk'
  const { score, threshold } = spam
  return [
    word(said, { score, threshold }),
    ...spam.reasons.map(({ points, text }) => `${points > 0 ? '+' : ''}${points} · ${text}`),
    ...(spam.otherwise ? [spam.otherwise] : []),
  ]
}

/** Above a message that lies in Junk: why, in one sentence. @param {any} jmap */
export function junkNote(jmap, email) {
  const holder = el('p', { className: 'note', hidden: true })
  void originOf(jmap, email).then(
    ({ origin }) => {
      const [first] = origin?.spam?.reasons ?? []
      if (!origin?.spam?.junk || !first) return
      const { otherwise } = origin.spam
      holder.textContent = [word('junkBecause', { reason: first.text }), otherwise].join(' ').trim()
      holder.hidden = false
    },
    () => {},
  )
  return holder
}
