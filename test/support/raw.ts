import { connect } from 'node:net'

/** A response as it came over the socket. */
export interface RawResponse {
  readonly status: number
  readonly reason: string
  /** Name and value as they were written, in their order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

/** Sends text over a socket as it is, a byte for a character, and answers all that comes back until the server hangs up. */
export async function exchangeRaw(url: string, request: string): Promise<Buffer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(request, 'latin1'))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}

/** GETs a path over a raw socket, with the header lines given. */
export function getRaw(url: string, path: string, lines: readonly string[] = []): Promise<RawResponse> {
  return askRaw('GET', url, path, lines)
}

/** Asks for a path by any method that has no body. */
export async function askRaw(
  method: string,
  url: string,
  path: string,
  lines: readonly string[] = [],
): Promise<RawResponse> {
  const { host } = new URL(url)
  const hasHost = lines.some((line) => /^host:/i.test(line))
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: ${host}`]),
    ...lines,
    'Connection: close',
    '',
    '',
  ]
  return parseRaw(await exchangeRaw(url, head.join('\r\n')))
}

/** The value of a header of which there is one line at the most. @param name in lower case */
export function headerOf({ headers }: RawResponse, name: string): string | undefined {
  const values = headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(' AND ')
}

/** The bytes of a body, whether it came in chunks or whole. */
export function bodyOf(response: RawResponse): Buffer {
  if (headerOf(response, 'transfer-encoding') !== 'chunked') return response.body
  const chunks: Buffer[] = []
  let rest = response.body
  for (;;) {
    const end = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.toString('latin1', 0, end), 16)
    if (!(length > 0)) return Buffer.concat(chunks)
    chunks.push(rest.subarray(end + 2, end + 2 + length))
    rest = rest.subarray(end + 2 + length + 2)
  }
}

/** The first response in what came over a socket. */
export function parseRaw(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [, status = '0', reason = ''] = /^HTTP\/1\.1 (\d+) ?(.*)$/.exec(statusLine) ?? []
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  return { status: Number(status), reason, headers, body: bytes.subarray(end + 4) }
}
