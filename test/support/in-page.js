// What tests ask of a page from within. Put into each page before its own scripts run; all of it
// hangs on one name, which no page of ours uses.
{
  /** When each card came to the page, milliseconds since 1970. */
  const arrivals = new WeakMap()
  const note = () => {
    for (const card of document.querySelectorAll('[data-card]'))
      if (!arrivals.has(card)) arrivals.set(card, Date.now())
  }
  new MutationObserver(note).observe(document, { childList: true, subtree: true })

  const text = (of, hook) => of.querySelector(hook)?.textContent ?? ''

  const cards = () =>
    [...document.querySelectorAll('[data-card]')].map((card) => ({
      subject: text(card, '[data-subject]'),
      route: text(card, '.route'),
      text: text(card, '[data-text]'),
      at: Date.parse(card.querySelector('time')?.dateTime ?? ''),
      outcome: card.dataset.outcome,
      replies: [...card.querySelectorAll('[data-reply]')].map((reply) => reply.textContent),
      journey: [...card.querySelectorAll('[data-step]')].map((step) =>
        `${step.dataset.step} ${step.dataset.state} ${text(step, 'i')}`.trim(),
      ),
      arrived: arrivals.get(card),
    }))

  /** What could have become of markup in a message: elements that do something, and traces. */
  const mischief = () => ({
    ran: 'ran' in window,
    elements: document.querySelectorAll(
      '[data-feed] :is(script, img, iframe, svg, textarea, style, form, object, a)',
    ).length,
    handlers: [...document.querySelectorAll('[data-feed] *')].filter(({ attributes }) =>
      [...attributes].some(({ name }) => name.startsWith('on')),
    ).length,
  })

  const unfold = () => {
    for (const box of document.querySelectorAll('details')) box.open = true
  }

  const colourOf = (selector, property) =>
    getComputedStyle(document.querySelector(selector)).getPropertyValue(property)

  /** Tries every way to read a board from a page of another origin; what each of them got. */
  const steal = async (url) => {
    const messages = `${url}board/messages`
    const failed = () => 'nothing'
    const words = async (answer) => (await answer.text()) || 'nothing'
    const source = new EventSource(`${url}board/stream?since=`)
    const streamed = await new Promise((resolve) => {
      source.onerror = () => resolve('nothing')
      source.onopen = () => resolve('a stream')
    })
    source.close()
    const script = document.createElement('script')
    const scripted = new Promise((resolve) => {
      script.onerror = () => resolve('nothing')
      script.onload = () => resolve('a script')
    })
    script.src = messages
    const frame = document.createElement('iframe')
    const framed = new Promise((resolve) => {
      frame.onload = resolve
    })
    frame.src = url
    document.body.append(script, frame)
    await framed
    return {
      fetched: await fetch(messages).then(words, failed),
      blind: await fetch(messages, { mode: 'no-cors' }).then(words, failed),
      streamed,
      scripted: await scripted,
      framed: look(frame),
    }
  }

  /** What was refused is replaced by a page of the browser's own, which is nobody's to look into. */
  const look = (frame) => {
    try {
      return frame.contentDocument?.querySelector('[data-feed]') ? 'a page' : 'nothing'
    } catch {
      return 'nothing'
    }
  }

  window.seen = { cards, mischief, unfold, colourOf, steal }
}
