import { CookieJar } from './cookie-jar.js'

/** Accept-Language as browsers of several countries send it. */
const languages = [
  'en-US,en;q=0.5',
  'en-GB,en;q=0.9',
  'de,en-US;q=0.7,en;q=0.3',
  'fr-FR,fr;q=0.9,en;q=0.8',
  'es-ES,es;q=0.9',
  'it-IT,it;q=0.8,en-US;q=0.5,en;q=0.3',
  'nl-NL,nl;q=0.9,en;q=0.8',
  'pl,en;q=0.7',
  'pt-BR,pt;q=0.9,en;q=0.8',
  'ja',
  'zh-CN,zh;q=0.9',
  'de-CH,de;q=0.9,fr;q=0.8,en;q=0.7',
]
/** Accept-Encoding of browsers, of older ones, and of scripts. */
const encodings = ['gzip, deflate, br, zstd', 'gzip, deflate, br', 'gzip, deflate', 'identity']

/** Client of a replay: a browser with its language, its codings and its cookies. */
export interface ReplayClient {
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: CookieJar
}

/** The clients of a replay, by turns, or by the client of a line of the log. */
export class ReplayClients {
  readonly #clients: readonly ReplayClient[]
  readonly #known = new Map<string, ReplayClient>()
  #turn = 0

  /** @param count of clients; 1: one without a language, a coding or a cookie of its own */
  constructor(count: number) {
    this.#clients = Array.from({ length: count }, (_, i) => (count === 1 ? plainClient() : clientOf(i)))
  }

  /** @param name of a client of the log. @default the next by turns */
  of(name: string | undefined): ReplayClient {
    const known = name === undefined ? undefined : this.#known.get(name)
    if (known !== undefined) return known
    const next = this.#clients[this.#turn % this.#clients.length] ?? plainClient()
    this.#turn += 1
    if (name !== undefined) this.#known.set(name, next)
    return next
  }
}

function plainClient(): ReplayClient {
  return { headers: {}, cookies: new CookieJar() }
}

function clientOf(i: number): ReplayClient {
  const cookies = new CookieJar()
  // Most have been here before: scripts of the page have set a cookie, as those of analytics do.
  if (i % 3 !== 0) cookies.set(undefined, `_ga=GA1.1.${1_000_000 + i}.1; Path=/`)
  const headers = {
    'accept-language': languages[i % languages.length] ?? '',
    'accept-encoding': encodings[i % encodings.length] ?? '',
  }
  return { headers, cookies }
}
