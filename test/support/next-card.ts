// A watcher of a board: next-card.ts URL PATTERN prints the first card whose JSON matches, be it
// there already or still to come.
const [url = '', pattern = ''] = process.argv.slice(2)
const wanted = new RegExp(pattern)
const answer = await fetch(`${url}board/stream?since=`, { signal: AbortSignal.timeout(20_000) })
let held = ''
const decoder = new TextDecoder()
for await (const part of answer.body ?? []) {
  held += decoder.decode(part, { stream: true })
  const data = held.split('\n').slice(0, -1)
  const found = data.find((line) => line.startsWith('data: ') && wanted.test(line))
  if (found === undefined) continue
  console.log(JSON.stringify(JSON.parse(found.slice('data: '.length)).card))
  break
}
