import { redact, SitecacheError, StoreError } from '@sitecache/core/store'

/** Patterns of error messages of Redis and of the network, each with its remedy. */
const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^NOAUTH/, 'it wants a password: give one in the URL or the option password'],
  [
    /^WRONGPASS|invalid (username-)?password/i,
    'the user name or password is wrong: see the URL or the options',
  ],
  [
    /^NOPERM/,
    'the user lacks a permission: allow it ~<key prefix>* ~sitecache:* +@read +@write +@keyspace +@scripting +@connection +info (ACL SETUSER)',
  ],
  [/^READONLY/, 'it is a read replica: name the leader first, or use redis+sentinel:'],
  [/^MASTERDOWN/, 'it is a replica that has lost its leader: see INFO replication'],
  [/not ready yet/, 'it is reading its data from disk, or has stopped answering'],
  [/^LOADING/, 'it is reading its data from disk, and is asked again until it has'],
  [/^OOM/, 'it has reached maxmemory: raise that, or set maxmemory-policy to allkeys-lru'],
  [/^MISCONF/, 'it can not save to disk and refuses writes: see its log, or stop-writes-on-bgsave-error'],
  [/^BUSY/, 'a script has blocked it: SCRIPT KILL'],
  [/^CLUSTERDOWN/, 'the cluster does not serve this key: see CLUSTER INFO'],
  [
    /^MOVED|^CROSSSLOT|cluster support disabled/,
    'redis: and redis+cluster: are mixed up: use that which it is',
  ],
  [/^WRONGTYPE/, 'another program keeps something else under this key: set a keyPrefix'],
  [/DB index/i, 'there is no such database: see its setting databases'],
  [/^NOREPLICAS/, 'too few replicas are connected: see min-replicas-to-write'],
  [/ECONNREFUSED|ENOENT/, 'nothing listens there: is it started, and is the address right?'],
  [/ENOTFOUND|EAI_AGAIN/, 'the host name is not known: is it right?'],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, 'it can not be reached: is a firewall in between?'],
  [/Socket timeout/, 'it has stopped answering: is it overloaded or paused?'],
  [
    /sentinels? are unreachable/i,
    'no sentinel answers, or none knows this master: see the addresses and the name',
  ],
  [/startup nodes|slots cache/i, 'no node of the cluster answers: see the addresses and the password'],
  [/certificate|SSL|TLS|wrong version number/i, 'see whether both sides speak TLS, and the option tls'],
  [/max(imum)? number of clients/i, 'it has no connection left: raise maxclients'],
]

/**
 * Makes an error for the operator: the server, its message and a remedy.
 *
 * ioredis attaches the command with its arguments to an error: keys, bodies, even the password.
 * They are removed, also from the cause, so that logging the error logs none of them. Errors of
 * sitecache itself (misuse) are returned as they are.
 */
export function explain(error: unknown, where: string): Error {
  if (error instanceof SitecacheError) return error
  const said = wordsOf(error)
  const remedy = REMEDIES.find(([pattern]) => pattern.test(said))?.[1]
  const message = `${where}: ${said}${remedy === undefined ? '' : ` (${remedy})`}`
  return new StoreError(message, { cause: bare(error, said) })
}

/**
 * Whether an error says that a key holds no text, but a list or the like: another program's. It is
 * about this key alone, and no failure of the server.
 */
export function isOfOtherType(error: unknown): error is StoreError {
  return error instanceof StoreError && /: WRONGTYPE\b/.test(error.message)
}

/** Messages of ioredis for a lost connection; they name options that the operator can't set. */
const LOST = /^Reached the max retries|^Connection is closed|^Stream isn't writeable|^Cluster isn't ready/

/** Tells the error of a command whose connection was lost. */
export function isLoss(error: unknown): boolean {
  return isFailure(error) && LOST.test(error.message)
}

interface Failure {
  readonly name?: unknown
  readonly message: string
  readonly code?: unknown
  /** The error of each address of a host name, when all failed. */
  readonly errors?: unknown
  /** The error of the Cluster node that was tried last. */
  readonly lastNodeError?: unknown
}

/**
 * Tells an error by its shape: one of another realm (a worker, a test) is no `instanceof Error`.
 */
function isFailure(error: unknown): error is Failure {
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  )
}

/** Returns an error's message without the values that it concerns. */
export function wordsOf(error: unknown): string {
  if (!isFailure(error)) return 'unknown error'
  if (LOST.test(error.message)) return 'the connection was lost'
  const inner: unknown = Array.isArray(error.errors) ? error.errors[0] : error.lastNodeError
  const words = isFailure(inner) ? `${error.message} ${wordsOf(inner)}`.trim() : error.message
  // Redis repeats the arguments of an unknown command: keys.
  const [known = ''] = words.split(', with args beginning with')
  return redact(known === '' ? String(error.code ?? error.name) : known)
}

function bare(error: unknown, said: string): Error {
  const cause = new Error(said)
  if (!isFailure(error)) return cause
  const { name, code } = error
  return Object.assign(cause, { name }, code === undefined ? {} : { code })
}
