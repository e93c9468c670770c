import { chown, readFile } from 'node:fs/promises'
import { temporaryFolder } from './server-process.js'

/** Who a server runs as, when that is another than this process. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** A new folder that belongs to an account. */
export async function folderOf(account: Account, name: string): Promise<string> {
  const folder = await temporaryFolder(name)
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid)
  return folder
}

/** A user's account when this is root, as whom database servers refuse to run; otherwise nobody else's. */
export async function accountOf(user: string): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  const [, , uid, gid] = lines.map((line) => line.split(':')).find(([name]) => name === user) ?? []
  if (uid === undefined) throw new Error(`there is no user ${user}: install the server by apt`)
  return { uid: Number(uid), gid: Number(gid) }
}
