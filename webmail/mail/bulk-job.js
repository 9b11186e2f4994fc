// A change of everything that matches, done by the server while one goes on: how far it is, stopping
// it, taking it back. Knows the server's jobs, not what they change.
import { toast } from './dom.js'
import { say } from './list-words.js'
import { t } from './words.js'

const askAgainMs = 400
const untilNext = 3600

/**
 * @param {any} jmap @param {{filter: any, patch?: any, destroy?: true}} wish
 * @param {{changed: () => void, failed: (error: unknown) => void}} ports
 */
export async function runJob(jmap, wish, ports) {
  try {
    const answer = await jmap.set('EmailBulk/set', { create: { b: wish } })
    await follow(jmap, answer.created.b, ports)
  } catch (error) {
    ports.failed(error)
    ports.changed()
  }
}

/** Says how far it is until it has ended. */
async function follow(jmap, job, ports) {
  const ending = (state) => async () => {
    try {
      await jmap.set('EmailBulk/set', { update: { [job.id]: { state } } })
      await follow(jmap, { ...job, state: 'running' }, ports)
    } catch (error) {
      ports.failed(error)
    }
  }
  let now = job
  let shown = 0
  while (now.state === 'running' || now.state === 'undoing') {
    if (now.processed !== shown || shown === 0) {
      const said = say('working', { done: now.processed, n: now.total })
      toast(said, say('stop'), () => void ending('canceled')(), untilNext)
      shown = now.processed
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainMs))
    const [{ list }] = await jmap.call([['EmailBulk/get', { ids: [job.id] }]])
    if (!list[0]) break
    now = list[0]
  }
  ports.changed()
  if (now.state === 'undone') return toast(t('undone'))
  if (now.state === 'failed') throw new Error(now.failure ?? 'EmailBulk')
  const said = say('done', { n: now.processed })
  if (now.mayUndo) toast(said, t('undo'), () => void ending('undone')(), 20)
  else toast(said)
}
