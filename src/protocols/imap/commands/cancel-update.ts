// CANCELUPDATE: RFC 5267 §4.3.5.
import { ok } from '../replies.ts'
import { command } from '../session.ts'

export const cancelUpdate = command({
  name: 'CANCELUPDATE',
  when: ['selected'],
  run: ({ view }, cursor) => {
    const tags = new Set<string>()
    do {
      cursor.space()
      tags.add(cursor.string('a tag'))
    } while (!cursor.atEnd)
    view.searches = view.searches.filter(({ tag }) => !tags.has(tag))
    return { reply: ok('No further updates') }
  },
})
