// Speaks JMAP (RFC 8620) with the server: the session, calls, files up and down, what changed.
// Knows no page.
import { isAway, waitingChanges } from './away.js'

export class NeedsLogin extends Error {}

export class Jmap {
  /** @type {any} */
  session
  account = ''
  #source

  /** @throws NeedsLogin */
  async open() {
    const answer = await fetch('/jmap/session')
    if (answer.status === 401) throw new NeedsLogin()
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    this.session = await answer.json()
    this.account = this.session.primaryAccounts['urn:ietf:params:jmap:mail']
  }

  /**
   * Calls methods in one request; resolves with each one's answer, in order.
   * @param {readonly [string, Record<string, unknown>][]} calls
   * @returns {Promise<any[]>}
   */
  async call(calls) {
    const methodCalls = calls.map(([name, args], at) => [
      name,
      { accountId: this.account, ...args },
      String(at),
    ])
    const answer = await fetch('/jmap/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ using: Object.keys(this.session.capabilities), methodCalls }),
    })
    if (answer.status === 401) throw new NeedsLogin()
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    const { methodResponses } = await answer.json()
    return calls.map(([name], at) => {
      const mine = methodResponses.filter(([, , tag]) => tag === String(at))
      const wrong = mine.find(([said]) => said === 'error')
      if (wrong) throw new Error(`${name}: ${wrong[1].type} ${wrong[1].description ?? ''}`)
      return mine[0]?.[1]
    })
  }

  /**
   * One method that changes things; a refusal of any part is thrown. Changes of emails alone wait
   * where there is no connection, and are as good as made.
   */
  async set(name, args) {
    const waits = name === 'Email/set' && Object.keys(args).join() === 'update'
    try {
      const [answer] = await this.call([[name, args]])
      refused(answer)
      return answer
    } catch (error) {
      if (!waits || !isAway(error) || !waitingChanges.add(this.account, args.update)) throw error
      this.delayed()
      return { updated: args.update }
    }
  }

  /** Told when a change had to wait. */
  delayed = () => {}

  /** @param {File} file @param {(share: number) => void} progress */
  upload(file, progress) {
    const request = new XMLHttpRequest()
    const done = new Promise((resolve, reject) => {
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
      request.onload = () =>
        request.status === 201
          ? resolve(JSON.parse(request.responseText))
          : reject(new Error(`HTTP ${request.status}`))
      request.onerror = () => reject(new Error('network'))
      request.onabort = () => reject(new Error('stopped'))
    })
    request.open('POST', `/jmap/upload/${encodeURIComponent(this.account)}`)
    request.setRequestHeader('content-type', file.type || 'application/octet-stream')
    request.send(file)
    return { done, stop: () => request.abort() }
  }

  /** Where a blob is had. */
  url(blobId, name, type) {
    const path = [this.account, blobId, name || 'file'].map(encodeURIComponent).join('/')
    return `/jmap/download/${path}?type=${encodeURIComponent(type)}`
  }

  /** @param {() => void} changed @param {(live: boolean) => void} state */
  watch(changed, state) {
    this.#source?.close()
    const source = new EventSource('/jmap/events?types=*&closeafter=no&ping=30')
    source.addEventListener('state', changed)
    source.onopen = () => state(true)
    source.onerror = () => state(false)
    this.#source = source
  }

  stop() {
    this.#source?.close()
  }
}

/** @throws Error that says why a part of a set was refused */
export function refused(answer) {
  const parts = ['notCreated', 'notUpdated', 'notDestroyed'].map((part) => answer?.[part] ?? {})
  const [first] = parts.flatMap((part) => Object.values(part))
  if (first) throw new Error(first.description || first.type)
}
