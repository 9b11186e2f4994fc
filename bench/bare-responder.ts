// The floor of the SMTP bench: the least that answers SMTP and makes message text durable, without a
// check, a mailbox or a parse. One segment file, one fdatasync for all that waits. No server.
import { closeSync, fdatasync, openSync, write } from 'node:fs'
import { createServer } from 'node:net'

const [, , folder = '.'] = process.argv
const file = openSync(`${folder}/floor.segment`, 'a')
const end = Buffer.from('\r\n.\r\n')
const ok = '250 2.0.0 OK\r\n'
let waiting: { bytes: Buffer[]; done: () => void }[] = []
let busy = false

function commit(): void {
  if (busy || waiting.length === 0) return
  busy = true
  const group = waiting
  waiting = []
  const all = Buffer.concat(group.flatMap(({ bytes }) => bytes))
  write(file, all, 0, all.length, null, (writeError) => {
    if (writeError) throw writeError
    fdatasync(file, (syncError) => {
      if (syncError) throw syncError
      busy = false
      for (const { done } of group) done()
      commit()
    })
  })
}

const server = createServer({ noDelay: true }, (socket) => {
  let text: Buffer[] | undefined
  let carry: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    let data: Buffer = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk
    carry = Buffer.alloc(0)
    while (data.length > 0) {
      if (text) {
        const at = data.indexOf(end)
        if (at < 0) {
          const keep = Math.min(4, data.length)
          text.push(data.subarray(0, data.length - keep))
          carry = data.subarray(data.length - keep)
          return
        }
        text.push(data.subarray(0, at + 2))
        data = data.subarray(at + 5)
        waiting.push({ bytes: text, done: () => socket.write(ok) })
        text = undefined
        setImmediate(commit)
        continue
      }
      const at = data.indexOf(10)
      if (at < 0) {
        carry = data
        return
      }
      const word = String.fromCharCode(data[0]! & 95)
      data = data.subarray(at + 1)
      if (word === 'D') {
        text = []
        socket.write('354 go\r\n')
      } else if (word === 'Q') socket.end('221 2.0.0 Bye\r\n')
      else socket.write(ok)
    }
  })
  socket.write('220 floor ESMTP\r\n')
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : 0)
})
process.on('SIGTERM', () => {
  closeSync(file)
  process.exit(0)
})
