// A way out of a mailing list, as the list offers it: one request by our server, or a letter.
// Knows RFC 2369 and RFC 8058 as far as that.
import { askSure } from './dialog.js'
import { action, toast } from './dom.js'
import { word } from './reading-words.js'
import { t } from './words.js'

/**
 * A button, or nothing where the list offers no way.
 * @param {{jmap: any, write: (draft: any) => void}} ports
 * @param {any} email
 */
export function leaving({ jmap, write }, email) {
  const ways = email['header:List-Unsubscribe:asURLs'] ?? []
  const promise = email['header:List-Unsubscribe-Post:asText'] ?? ''
  const oneClick = /one-click/i.test(promise) && ways.some((url) => /^https:/i.test(url))
  const letter = ways.find((url) => /^mailto:/i.test(url))
  if (!oneClick && !letter) return undefined
  const who = email.from?.[0]?.name || email.from?.[0]?.email || ''
  const leave = async () => {
    if (!(await askSure(word('sureLeave', { who }), word('leave')))) return
    if (!oneClick) return write(letterTo(letter))
    const address = `/mail/unsubscribe/${jmap.account}/${email.id}`
    const answer = await fetch(address, { method: 'POST' }).catch(() => undefined)
    toast(answer?.ok ? word('hasLeft') : t('failed') + word('notTaken'))
  }
  const button = action('out', word('leave'), () => void leave(), true)
  button.classList.add('leave')
  return button
}

/** @param {string} mailto */
function letterTo(mailto) {
  const url = new URL(mailto)
  const { searchParams: asked } = url
  return {
    ...{ to: decodeURIComponent(url.pathname), text: asked.get('body') ?? '' },
    subject: asked.get('subject') ?? 'unsubscribe',
  }
}
