// The port through which everybody here asks the DNS. Knows the shape of questions and answers;
// whom to ask, for how long and what to remember is the business of who implements it.

/** One record of each type that mail asks for. Names are in lower case, without a final dot. */
export interface Records {
  /** "192.0.2.1" */
  readonly A: string
  /** "2001:db8::1" */
  readonly AAAA: string
  readonly MX: { readonly preference: number; readonly exchange: string }
  /** The character strings of one record joined, RFC 7208 §3.3; bytes as Latin-1. */
  readonly TXT: string
  readonly PTR: string
  readonly CNAME: string
  readonly NS: string
  readonly TLSA: TlsaRecord
  readonly SRV: {
    readonly priority: number
    readonly weight: number
    readonly port: number
    readonly target: string
  }
  readonly CAA: { readonly critical: boolean; readonly tag: string; readonly value: string }
}

export type RecordType = keyof Records

/** RFC 6698 §2.1 */
export interface TlsaRecord {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  readonly data: Uint8Array
}

export type DnsAnswer<T extends RecordType> =
  /** CNAMEs are followed. `secure`: a resolver that we trust validated it (RFC 4035 §3.2.3). */
  | { readonly is: 'found'; readonly records: readonly Records[T][]; readonly secure: boolean }
  /** The name is there and has no such record. */
  | { readonly is: 'no-record'; readonly secure: boolean }
  | { readonly is: 'no-name'; readonly secure: boolean }
  /** Temporary: time ran out, SERVFAIL, REFUSED, no network. `why` is for trace and log. */
  | { readonly is: 'failed'; readonly why: string }

export interface Dns {
  /** Never rejects. `name` may be Unicode; it is asked for as A-labels. */
  query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>>
}
