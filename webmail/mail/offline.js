// Beside the page: the worker that keeps it for when there is no connection, and recent conversations
// asked for ahead, so that it has them.
import { waitingChanges } from './away.js'
import { conversation } from './reader.js'

const aheadMax = 20
const workerPath = '/mail/worker.js'

/** The worker, where the browser has such. */
export async function startWorker() {
  if (!navigator.serviceWorker) return
  const policy = globalThis.trustedTypes?.createPolicy('mail-worker', {
    createScriptURL: () => workerPath,
  })
  const address = policy ? policy.createScriptURL('') : workerPath
  await navigator.serviceWorker.register(/** @type {any} */ (address), { scope: '/mail/' })
}

/** What was kept of this person goes. */
export function forgetKept() {
  navigator.serviceWorker?.controller?.postMessage('forget')
  waitingChanges.clear()
}

const had = new Set()

/** Asks for what will probably be read, while nothing else is to do. @param {any} jmap @param {readonly any[]} emails */
export async function readAhead(jmap, emails) {
  if (!navigator.serviceWorker?.controller) return
  for (const { id, threadId } of emails.slice(0, aheadMax)) {
    if (had.has(id)) continue
    had.add(id)
    try {
      for (const email of await conversation(jmap, threadId))
        if (email.htmlBody?.some(({ type }) => type === 'text/html'))
          await fetch(`/mail/body/${jmap.account}/${email.id}`)
    } catch {
      return
    }
  }
}
