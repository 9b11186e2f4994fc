// SQL as values: a tagged template, and work as a generator that yields statements.
// One piece of work thus runs on every engine: SQLite drives it without waiting, on the writer's
// thread, inside a group commit; PostgreSQL drives it asynchronously. Work never touches a socket.

export type Value = null | number | bigint | string | Uint8Array
export type Row = Readonly<Record<string, Value>>

export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
  /** Nobody reads its rows: an engine far away may go on before the answer has come. */
  readonly unread?: true
  /**
   * Throws when its rows are not as the work needs them. An engine far away may give `later` for
   * rows and go on, and call this when they have come: what it throws then is the job's own error.
   */
  readonly check?: (rows: readonly Row[]) => void
  /** PostgreSQL only: a COPY without values, and the data that goes in, in its binary format. */
  readonly copyIn?: readonly Uint8Array[]
  /** PostgreSQL only: a COPY without values, whose rows come as `{ row }`, in its binary format. */
  readonly copyOut?: true
  /** Many rows: an engine that can gives each as an array, which costs half. See `columns`. */
  readonly arrays?: true
}

/** Work in a transaction: yields statements, is given their rows, returns its result. */
export type Work<R> = Generator<Statement, R, readonly Row[]>

const texts = new WeakMap<TemplateStringsArray, string>()

/** A statement; every `${value}` becomes a bound parameter, never text. */
export function sql(strings: TemplateStringsArray, ...values: readonly Value[]): Statement {
  let text = texts.get(strings)
  if (text === undefined) {
    text = strings.join('?')
    texts.set(strings, text)
  }
  return { text, values }
}

/** All rows of a query. `R` is what its columns are; the schema beside it vouches for that. */
export function* all<R>(statement: Statement): Work<readonly R[]> {
  return (yield statement) as unknown as readonly R[]
}

/** The first row, or undefined. */
export function* one<R>(statement: Statement): Work<R | undefined> {
  return (yield statement)[0] as unknown as R | undefined
}

/**
 * All rows of a query as arrays of its columns, for tens of thousands of rows. The columns must
 * have different names.
 */
export function* columns<R extends readonly Value[]>({
  text,
  values,
}: Statement): Work<readonly R[]> {
  const rows: readonly unknown[] = yield { text, values, arrays: true }
  const known = rows.length === 0 || Array.isArray(rows[0])
  return (known ? rows : rows.map((row) => Object.values(row as Row))) as readonly R[]
}

/** A statement whose rows nobody wants. */
export function* run({ text, values }: Statement): Work<void> {
  yield { text, values, unread: true }
}

/** What a statement with a check is answered with when its rows are still to come. */
export const later: readonly Row[] = []

/**
 * A statement whose rows are only looked at. `check` throws when the job must fail, which the work
 * itself may never hear of: nothing of it is kept then.
 */
export function* checked(
  { text, values }: Statement,
  check: (rows: readonly Row[]) => void,
): Work<void> {
  const rows = yield { text, values, check }
  if (rows !== later) check(rows)
}

/**
 * A named piece of work. Its name finds it on the writer's thread, where closures cannot go; so
 * arguments and result must survive structured cloning.
 */
export interface Job<A, R> {
  readonly name: string
  readonly writes: boolean
  /** See `writingByRow`. */
  readonly byRow?: true
  readonly work: (args: A) => Work<R>
}

export function reading<A, R>(name: string, work: (args: A) => Work<R>): Job<A, R> {
  return { name, writes: false, work }
}

export function writing<A, R>(name: string, work: (args: A) => Work<R>): Job<A, R> {
  return { name, writes: true, work }
}

/**
 * A writing job whose outcome rests only on rows that it changes itself (`update … returning`,
 * `insert … on conflict`), and on what it reads after it has so locked the row that guards it:
 * whatever other processes do at the same time, locks on rows keep it right, and PostgreSQL runs
 * many of them in one transaction. Every other writing job runs there as if it were alone
 * (serializable), and anew when it was not.
 */
export function writingByRow<A, R>(name: string, work: (args: A) => Work<R>): Job<A, R> {
  return { name, writes: true, byRow: true, work }
}

/** A job whatever its types, for lists of them. */
// biome-ignore lint/suspicious/noExplicitAny: a list holds jobs of every type, and calls none.
export type AnyJob = Job<any, any>
