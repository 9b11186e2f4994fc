// The thread that reads strangers' HTML, one text after the other. Knows no store and no account.
import { parentPort } from 'node:worker_threads'
import { cleanHtml } from '../../message/html/clean-html.ts'
import { type CleanAnswer, type CleanTask, proxied } from './cleaning.ts'

parentPort?.on('message', (task: CleanTask) => {
  parentPort?.postMessage(work(task))
})

function work({ n, html, as, parts, key }: CleanTask): CleanAnswer {
  const remote = (url: string) => (key === '' ? undefined : proxied(url, key))
  try {
    return { n, clean: cleanHtml(html, { as, part: (cid) => parts.get(cid), remote }) }
  } catch (error) {
    return { n, failure: String(error) }
  }
}
