// Runs beside the page: keeps the page's own files and what was read lately, for when there is no
// connection. What the server says comes first wherever it can be had; what is kept is of one person
// and goes when they log out. Knows paths, no mail.
{
  const worker = /** @type {any} */ (globalThis)
  const filesName = 'amplop-files'
  const mailName = 'amplop-mail'
  const keptMax = 600
  const trimEvery = 40
  let puts = 0

  /** Methods that change nothing, and may be answered from what was said before. */
  const reads = /\/(?:get|query|changes)$|^Core\/echo$/

  worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))
  worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
  worker.addEventListener('message', (event) => {
    if (event.data === 'forget') event.waitUntil(caches.delete(mailName))
  })
  worker.addEventListener('fetch', (event) => {
    const { request } = event
    const url = new URL(request.url)
    if (url.origin !== location.origin) return
    const answer = answerFor(request, url)
    if (answer) event.respondWith(answer)
  })

  function answerFor(request, url) {
    const { pathname, search } = url
    if (request.method === 'POST') return pathname === '/jmap/api' ? api(request) : undefined
    if (request.method !== 'GET') return undefined
    if (/^\/mail\/assets\/[0-9a-f]{12}\//.test(pathname)) return file(request)
    if (pathname === '/jmap/session') return session(request)
    if (/^\/mail\/(?:body|part)\//.test(pathname) && search === '')
      return recent(request, request.url)
    if (pathname.startsWith('/jmap/download/')) return undefined
    if (request.mode === 'navigate' && /^\/mail(?:\/(?!assets|body|part|picture)|$)/.test(pathname))
      return page(request)
    return undefined
  }

  /** Files whose address changes with what is in them: once had, they stay. */
  async function file(request) {
    const cache = await caches.open(filesName)
    const kept = await cache.match(request)
    if (kept) return kept
    const answer = await fetch(request)
    if (answer.ok) await cache.put(request, answer.clone())
    return answer
  }

  /** The page is one, whatever its address; with a new one its files are new, and old ones go. */
  async function page(request) {
    const cache = await caches.open(filesName)
    try {
      const answer = await fetch(request)
      if (answer.ok) await renew(cache, answer.clone())
      return answer
    } catch (error) {
      const kept = await cache.match('/mail/')
      if (kept) return kept
      throw error
    }
  }

  async function renew(cache, answer) {
    const text = await answer.clone().text()
    const version = /\/mail\/assets\/([0-9a-f]{12})\//.exec(text)?.[1]
    await cache.put('/mail/', answer)
    for (const request of await cache.keys()) {
      const old = /\/mail\/assets\/([0-9a-f]{12})\//.exec(request.url)?.[1]
      if (old && old !== version) await cache.delete(request)
    }
  }

  /** Whoever is not logged in any more finds nothing kept. */
  async function session(request) {
    const answer = await recent(request, request.url)
    if (answer.status === 401) await caches.delete(mailName)
    return answer
  }

  async function recent(request, key) {
    try {
      const answer = await fetch(request)
      if (answer.ok) await keep(key, answer.clone())
      return answer
    } catch (error) {
      const kept = await (await caches.open(mailName)).match(key, { ignoreVary: true })
      if (kept) return kept
      throw error
    }
  }

  /** Questions are known by their words; what changes anything is never answered from here. */
  async function api(request) {
    const body = await request.clone().text()
    let calls = []
    try {
      calls = JSON.parse(body).methodCalls
    } catch {
      return fetch(request)
    }
    if (!calls.every(([name]) => reads.test(name))) return fetch(request)
    return recent(request, await keyOf(JSON.stringify(calls)))
  }

  async function keyOf(text) {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    const bytes = [...new Uint8Array(digest)]
    return `/jmap/api?${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }

  async function keep(key, answer) {
    const cache = await caches.open(mailName)
    await cache.put(key, answer)
    if (++puts % trimEvery !== 0) return
    const keys = await cache.keys()
    for (const old of keys.slice(0, Math.max(0, keys.length - keptMax))) await cache.delete(old)
  }
}
