import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed } from '../harness/pin.mjs'
import { startNode } from './node.mjs'
import { cpuOfTree, freePort, startForeign } from './process-tree.mjs'

const proxies = {
  nginx: { command: 'nginx', flag: '-v', configure: configureNginx },
  varnish: { command: 'varnishd', flag: '-V', configure: configureVarnish },
}

/**
 * nginx or Varnish in front of an uncached Express, with its configuration and pages in a directory of its own.
 *
 * @param {import('../catalogue.mjs').Row} row
 * @returns {Promise<import('./node.mjs').Server>}
 * @throws {Error} when it isn't installed or does not start
 */
export async function startProxy(row) {
  const { command, flag, configure } = proxies[row.server]
  if (!installed(command, flag)) throw new Error('not installed')
  const origin = await startNode(row)
  const directory = await mkdtemp(join(tmpdir(), 'sitecache-bench-'))
  const port = await freePort()
  const remove = () => Promise.all([origin.stop(), rm(directory, { recursive: true, force: true })])
  try {
    const args = await configure(directory, port, new URL(origin.origin).port)
    const proxy = await startForeign(command, args, port)
    return {
      origin: `http://127.0.0.1:${port}`,
      cpu: async () => ({ micros: cpuOfTree(proxy.pid), renders: (await origin.cpu()).renders }),
      stop: () =>
        proxy
          .stop()
          .then(remove)
          .then(() => {}),
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** @param {string} directory @param {number} port @param {string} origin port */
async function configureNginx(directory, port, origin) {
  // Root's worker would become another user, who can't write here.
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = `
daemon off; ${user} worker_processes 1; pid ${directory}/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  proxy_cache_path ${directory}/pages keys_zone=pages:10m inactive=1h;
  open_file_cache max=1000 inactive=1h;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${origin}; proxy_cache pages; proxy_cache_valid 200 15m; }
  }
}
`
  await writeFile(join(directory, 'nginx.conf'), config)
  return ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')]
}

/** @param {string} directory @param {number} port @param {string} origin port */
async function configureVarnish(directory, port, origin) {
  const file = join(directory, 'bench.vcl')
  await writeFile(
    file,
    `vcl 4.1;
backend origin { .host = "127.0.0.1"; .port = "${origin}"; }
sub vcl_backend_response { set beresp.ttl = 15m; }
`,
  )
  const work = join(directory, 'work')
  return ['-F', '-j', 'none', '-f', file, '-a', `127.0.0.1:${port}`, '-n', work, '-s', 'default,256m']
}
