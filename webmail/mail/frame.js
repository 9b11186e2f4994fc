// HTML mail in a frame of its own that runs nothing, sends nothing and loads nothing: sandboxed
// without scripts, under a policy of its own besides the page's. Knows no message.

const policy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
const look =
  'body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;overflow-wrap:anywhere}' +
  'img,table{max-width:100%}img{height:auto}pre{white-space:pre-wrap}'

/** The page's policy lets this one place turn a string into a document. */
const trusted = globalThis['trustedTypes']?.createPolicy('mail-body', {
  createHTML: (text) => text,
})

/** Whether a text names anything that would be loaded from elsewhere. @param {string} html */
export function loadsFromElsewhere(html) {
  return /(?:src|srcset|background|poster)\s*=\s*["']?\s*(?:https?:)?\/\/|url\(\s*["']?\s*(?:https?:)?\/\//i.test(
    html,
  )
}

/** @param {string} html @param {string} title */
export function mailFrame(html, title) {
  const frame = document.createElement('iframe')
  frame.title = title
  frame.className = 'paper'
  frame.setAttribute('sandbox', 'allow-same-origin allow-popups allow-popups-to-escape-sandbox')
  frame.referrerPolicy = 'no-referrer'
  const head =
    `<!doctype html><meta charset="utf-8"><meta http-equiv="content-security-policy" content="${policy}">` +
    '<meta name="referrer" content="no-referrer"><meta http-equiv="x-dns-prefetch-control" content="off">' +
    `<base target="_blank"><style>${look}</style>`
  const whole = head + html
  frame.srcdoc = trusted ? trusted.createHTML(whole) : whole
  frame.addEventListener('load', () => fit(frame))
  return frame
}

/** As high as what is in it. Nothing in it runs, so that its height may be read. */
function fit(frame) {
  const body = frame.contentDocument?.body
  if (!body) return
  const measure = () => {
    const height = frame.contentDocument?.documentElement.scrollHeight ?? 0
    if (Math.abs(height - frame.offsetHeight) > 1) frame.style.height = `${Math.max(40, height)}px`
  }
  measure()
  new ResizeObserver(measure).observe(body)
}
