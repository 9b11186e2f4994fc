// Plays the transcripts of a closet line by line, in one burst, byte by byte and over TLS. Knows no
// protocol.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Feed, feeds, playTranscript } from './transcript.ts'

type Dial = Parameters<typeof playTranscript>[2]

interface Ways {
  readonly dial: Dial
  readonly dialTls: Dial
  /** A transcript as it is under TLS: what is offered there is another. */
  readonly underTls: (text: string) => string
}

/** Every transcript of a folder, each a `describe` of its own. */
export function playFourWays(folder: URL, { dial, dialTls, underTls }: Ways): void {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    describe(file, () => {
      for (const feed of Object.keys(feeds) as Feed[])
        it(feed, () => playTranscript(text, feed, dial))
      it('over TLS', () => playTranscript(underTls(text), 'line by line', dialTls))
    })
  }
}
