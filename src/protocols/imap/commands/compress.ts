// COMPRESS: RFC 4978 §3.
import { no, ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const compress = command({
  name: 'COMPRESS',
  when: loggedIn,
  run: (_, cursor, { connection }) => {
    cursor.space()
    const way = cursor.word('a way to compress')
    cursor.end()
    if (connection.compressed) return { reply: no('COMPRESSIONACTIVE', 'It is compressed already') }
    if (way !== 'DEFLATE') return { reply: no('CANNOT', 'There is DEFLATE only') }
    return { reply: ok('Compressed from here on'), next: 'compress' }
  },
})
