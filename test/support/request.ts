import type { RequestListener } from 'node:http'
import supertest from 'supertest'

/** Asks an application by supertest, always under the same host, which is part of every page's key. */
export default function request(application: RequestListener): ReturnType<typeof supertest.agent> {
  return supertest.agent(application).set('Host', 'site.example')
}
