import { connect } from 'node:net'

/** What a memcached answers to a command, as another client of it would see it. */
export async function raw(
  server: string,
  command: string,
  end = /(END|STORED|DELETED|OK|NOT_FOUND)\r\n$/,
): Promise<string> {
  const [host = '', port = ''] = server.split(':')
  const socket = connect(Number(port), host).setEncoding('latin1')
  socket.write(`${command}\r\n`)
  let answer = ''
  for await (const text of socket) {
    answer += text
    if (end.test(answer)) break
  }
  socket.destroy()
  return answer
}

/** The keys that a memcached has. */
export async function keysOf(server: string): Promise<string[]> {
  const dump = await raw(server, 'lru_crawler metadump hash', /END\r\n$/)
  return [...dump.matchAll(/^key=(\S+)/gm)].map(([, key = '']) => decodeURIComponent(key))
}

/** Waits until something is so. */
export async function eventually(holds: () => Promise<boolean>, milliseconds = 15_000): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${milliseconds} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
