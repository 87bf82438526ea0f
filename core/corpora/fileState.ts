import type { BigIntStats } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';

/** What tells one state of a file from another without reading it. */
export type FileState = {
  /** Device, inode, size, and the times of the last write and of the last change of any kind. */
  mark: string;
  /** The later of the two times, in milliseconds since 1970. No program can set the time of the last change. */
  changedMs: number;
};

export type FileInfo = { isFile: boolean; isFolder: boolean; sizeBytes: number; state: FileState };

/** Looks at a file or folder, following links; throws what `stat` throws. */
export async function lookAtFile(file: string | FileHandle): Promise<FileInfo> {
  const info = await (typeof file === 'string' ? stat(file, { bigint: true }) : file.stat({ bigint: true }));
  return { isFile: info.isFile(), isFolder: info.isDirectory(), sizeBytes: Number(info.size), state: stateOf(info) };
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileState {
  const changedNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  return { mark: [dev, ino, size, mtimeNs, ctimeNs].join(' '), changedMs: Number(changedNs / 1_000_000n) };
}
