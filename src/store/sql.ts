// SQL as values: a tagged template, and work as a generator that yields statements.
// One piece of work thus runs on every engine: SQLite drives it without waiting, on the writer's
// thread, inside a group commit; PostgreSQL drives it asynchronously. Work never touches a socket.

export type Value = null | number | bigint | string | Uint8Array
export type Row = Readonly<Record<string, Value>>

export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
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

/** A statement whose rows nobody wants. */
export function* run(statement: Statement): Work<void> {
  yield statement
}

/**
 * A named piece of work. Its name finds it on the writer's thread, where closures cannot go; so
 * arguments and result must survive structured cloning.
 */
export interface Job<A, R> {
  readonly name: string
  readonly writes: boolean
  readonly work: (args: A) => Work<R>
}

export function reading<A, R>(name: string, work: (args: A) => Work<R>): Job<A, R> {
  return { name, writes: false, work }
}

export function writing<A, R>(name: string, work: (args: A) => Work<R>): Job<A, R> {
  return { name, writes: true, work }
}

/** A job whatever its types, for lists of them. */
// biome-ignore lint/suspicious/noExplicitAny: a list holds jobs of every type, and calls none.
export type AnyJob = Job<any, any>
