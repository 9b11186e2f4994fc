// Texts to begin a letter with, kept on the server. Knows no page.
import { compose } from './compose-words.js'
import { askText } from './dialog.js'
import { toast } from './dom.js'

/** @param {any} jmap @returns {Promise<any[]>} */
export async function templatesOf(jmap) {
  const [answer] = await jmap.call([['Template/get', { ids: null }]])
  return answer.list.sort((a, b) => a.name.localeCompare(b.name))
}

/** @param {any} jmap @param {any} draft */
export async function asTemplate(jmap, { subject, text, html }) {
  const name = await askText(compose('asTemplate'), {
    ...{ label: compose('templateName'), value: subject },
  })
  if (name === '') return
  const template = { name, subject, textBody: text, htmlBody: html }
  await jmap.set('Template/set', { create: { t: template } })
  toast(compose('templateKept'))
}
