import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { copyFile, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SerError } from '../contracts/errors.js';
import { fileFailure } from './fileFailure.js';
import { swapFile } from './fileSwap.js';
import { sha256Of } from './keys.js';
import { assertKey, isKeySegment } from './objectKey.js';
import type { ListedObject, ObjectInfo, ObjectStore, WriteCondition } from './objectStore.js';
import { readInto } from './readInto.js';
import { codeOf } from './systemCode.js';

/** Names of files that are being written and of locks, see {@link swapFile}. */
const LEFTOVER = /^\.(tmp|lock)-/;

/** How many files of a listing are looked at together. */
const LOOKED_AT_ONCE = 256;

/**
 * A store in a folder. An object is a file, its etag the SHA-256 of its bytes, so that `head` notices a file that was
 * altered or decayed, and a store stays valid when its folder is moved or copied.
 *
 * A write goes to a temporary file in the same folder, is flushed, renamed, and the folder flushed. What a killed writer
 * leaves behind has a name that no key can have (it begins with a dot) and is never listed.
 */
export class FileStore implements ObjectStore {
  readonly url: string;

  private constructor(private readonly root: string) {
    this.url = `file:${root}`;
  }

  /** Opens the store in the folder `root` (absolute), which is created when it does not exist. */
  static async open(root: string): Promise<FileStore> {
    try {
      await makeFolders(root);
    } catch (error) {
      throw fileFailure(error, root);
    }
    return new FileStore(root);
  }

  async get(key: string, room?: Uint8Array): Promise<Uint8Array | undefined> {
    const path = this.pathOf(key);
    return this.ifPresent(path, () => (room === undefined ? readFile(path) : readInto(room, path)));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.pathOf(key);
    const contents = await this.ifPresent(path, () => hashFile(path));
    return contents && { key, ...contents };
  }

  async put(key: string, bytes: Uint8Array, sha256 = sha256Of(bytes)): Promise<ObjectInfo> {
    return this.write(key, async (temporary) => {
      await writeDurably(temporary, bytes);
      return { sizeBytes: bytes.byteLength, etag: sha256 };
    });
  }

  async putFile(key: string, path: string): Promise<ObjectInfo> {
    return this.write(key, async (temporary) => {
      await copySource(path, temporary);
      await flush(temporary);
      return hashFile(temporary);
    });
  }

  async putIf(key: string, bytes: Uint8Array, condition: WriteCondition): Promise<ObjectInfo | undefined> {
    const path = this.pathOf(key);
    const expected = 'absent' in condition ? undefined : condition.etag;
    const holds = async () => (await this.ifPresent(path, () => hashFile(path)))?.etag === expected;
    return this.guard(path, async () => {
      await this.makeFolder(dirname(path));
      const swapped = await swapFile(path, (temporary) => writeDurably(temporary, bytes), holds);
      if (!swapped) return undefined;
      await flush(dirname(path));
      return { key, sizeBytes: bytes.byteLength, etag: sha256Of(bytes) };
    });
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') assertKey(folder.slice(0, -1));
    yield* this.walk(folder, prefix);
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    await this.ifPresent(path, async () => {
      await rm(path);
      await flush(dirname(path));
    });
  }

  async leftovers(beforeMs: number, remove: boolean): Promise<{ count: number; sizeBytes: number }> {
    const found = { count: 0, sizeBytes: 0 };
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      throw fileFailure(error, this.root);
    });
    for (const entry of entries.filter(({ name }) => LEFTOVER.test(name))) {
      const path = join(entry.parentPath, entry.name);
      const info = await this.ifPresent(path, () => stat(path));
      if (info === undefined || info.mtimeMs >= beforeMs) continue;
      found.count += 1;
      found.sizeBytes += info.size;
      if (remove) await rm(path, { recursive: true, force: true });
    }
    return found;
  }

  private pathOf(key: string): string {
    assertKey(key);
    return join(this.root, ...key.split('/'));
  }

  /** Fills a temporary file, then gives it its name. */
  private async write(key: string, fill: (temporary: string) => Promise<Omit<ObjectInfo, 'key'>>): Promise<ObjectInfo> {
    const path = this.pathOf(key);
    const folder = dirname(path);
    const temporary = join(folder, `.tmp-${randomBytes(9).toString('hex')}`);
    return this.guard(path, async () => {
      await this.makeFolder(folder);
      try {
        const contents = await fill(temporary);
        await rename(temporary, path);
        await flush(folder);
        return { key, ...contents };
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  }

  /** Makes the folders between the root and `folder`; the root itself, once opened, must still be there. */
  private async makeFolder(folder: string): Promise<void> {
    await this.requireRoot();
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made)) await flush(dirname(made));
  }

  /** A root that went away (an unmounted disk, a deleted folder) must not pass for an empty store. */
  private async requireRoot(): Promise<void> {
    await stat(this.root).catch((error: unknown) => {
      throw fileFailure(error, this.root);
    });
  }

  /** The result of `read`, or undefined when the file does not exist. */
  private async ifPresent<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'].includes(codeOf(error))) throw fileFailure(error, path);
      await this.requireRoot();
      return undefined;
    }
  }

  private async guard<T>(path: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      throw fileFailure(error, path);
    }
  }

  private async look(key: string): Promise<ListedObject | undefined> {
    const path = join(this.root, key);
    const file = await this.ifPresent(path, () => stat(path));
    return file && { key, sizeBytes: file.size, modifiedMs: file.mtimeMs };
  }

  private async *walk(folder: string, prefix: string): AsyncIterable<ListedObject> {
    const path = join(this.root, folder);
    const entries: Dirent[] = (await this.ifPresent(path, () => readdir(path, { withFileTypes: true }))) ?? [];
    const named = entries.filter(({ name }) => isKeySegment(name));
    for (const { name } of named.filter((entry) => entry.isDirectory())) {
      const key = `${folder}${name}/`;
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.walk(key, prefix);
    }
    const files = named.filter((entry) => !entry.isDirectory() && (folder + entry.name).startsWith(prefix));
    for (let from = 0; from < files.length; from += LOOKED_AT_ONCE) {
      const looks = files.slice(from, from + LOOKED_AT_ONCE).map(({ name }) => this.look(folder + name));
      for (const object of await Promise.all(looks)) if (object !== undefined) yield object;
    }
  }
}

async function hashFile(path: string): Promise<Omit<ObjectInfo, 'key'>> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sizeBytes, etag: hash.digest('hex') };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a file or a folder to the disk. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Clones where the file system can, else copies; a source that cannot be read is not the store's fault. */
async function copySource(source: string, temporary: string): Promise<void> {
  const readable = await open(source, 'r').catch((error: unknown) => {
    throw new SerError('BadInput', `cannot be read (${codeOf(error)})`, source, 'Check the path and its permissions.');
  });
  await readable.close();
  await copyFile(source, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

/**
 * Makes a folder and its parents, one at a time: Node's own recursive form never returns where a parent answers that there
 * is no such file, as /proc does.
 */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await mkdir(path).catch(async (again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw again;
    });
  }
}
