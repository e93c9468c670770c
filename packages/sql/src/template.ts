import { CompiledQuery, type RawBuilder } from 'kysely'
import type { Compiler } from './compiler.js'

/** Stands where a value comes later. */
class Placeholder {
  constructor(readonly name: string) {}
}

/**
 * A query that is written once and run with other values each time: in SQLite, writing a look-up costs more than it.
 *
 * @param build makes the query; it must pass the values on to it and not look at them
 */
export function template<V extends object, R>(
  db: Compiler,
  build: (values: V) => RawBuilder<R>,
): (values: V) => CompiledQuery<R> {
  const placeholders = new Proxy({} as V, { get: (_, name) => new Placeholder(String(name)) })
  const { sql, parameters } = build(placeholders).compile(db)
  return (values) => {
    const given = parameters.map((parameter) =>
      parameter instanceof Placeholder ? Reflect.get(values, parameter.name) : parameter,
    )
    return CompiledQuery.raw(sql, given) as CompiledQuery<R>
  }
}
