// The arguments of one method call, by their types. What is of the wrong type is refused in the
// words of RFC 8620 §3.6.2.
import { MethodError } from './errors.ts'

export type Json = Readonly<Record<string, unknown>>

/** RFC 8620 §1.2 */
export const idForm = /^[A-Za-z0-9_-]{1,255}$/

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export class Args {
  readonly given: Json

  constructor(given: Json) {
    this.given = given
  }

  has(name: string): boolean {
    return this.given[name] !== undefined && this.given[name] !== null
  }

  string(name: string): string {
    const value = this.given[name]
    return typeof value === 'string' ? value : wrong(name)
  }

  stringOr(name: string, otherwise: string): string {
    return this.has(name) ? this.string(name) : otherwise
  }

  boolean(name: string): boolean {
    const value = this.given[name] ?? false
    return typeof value === 'boolean' ? value : wrong(name)
  }

  /** A whole number; undefined where it is not given. */
  int(name: string): number | undefined {
    if (!this.has(name)) return undefined
    const value = this.given[name]
    return Number.isSafeInteger(value) ? (value as number) : wrong(name)
  }

  uint(name: string): number | undefined {
    const value = this.int(name)
    return value === undefined || value >= 0 ? value : wrong(name)
  }

  object(name: string): Json | undefined {
    if (!this.has(name)) return undefined
    const value = this.given[name]
    return isObject(value) ? value : wrong(name)
  }

  strings(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined
    const value = this.given[name]
    const fits = Array.isArray(value) && value.every((each) => typeof each === 'string')
    return fits ? (value as string[]) : wrong(name)
  }

  objects(name: string): readonly Json[] | undefined {
    if (!this.has(name)) return undefined
    const value = this.given[name]
    return Array.isArray(value) && value.every(isObject) ? value : wrong(name)
  }

  /** A map of objects, as /set is given. */
  map(name: string): ReadonlyMap<string, Json> {
    const entries = Object.entries(this.object(name) ?? {})
    if (!entries.every(([, value]) => isObject(value))) wrong(name)
    return new Map(entries as [string, Json][])
  }
}

function wrong(name: string): never {
  throw new MethodError('invalidArguments', `${name} is missing or of a wrong type`, {
    arguments: [name],
  })
}
