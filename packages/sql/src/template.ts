import { CompiledQuery, type RawBuilder } from 'kysely'
import type { Compiler } from './compiler.js'

/** Stands for a value that comes later. */
class Placeholder {
  constructor(readonly name: string) {}
}

/**
 * Compiles a query once, to be run with other values each time: in SQLite, compiling costs more
 * than the look-up.
 *
 * @param build makes the query; it must pass the values on and not look at them
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
