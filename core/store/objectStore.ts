/** An object's name and size. */
export type ObjectEntry = { key: string; sizeBytes: number };

/** One object of a listing. */
export type ListedObject = ObjectEntry & {
  /** When it was written, in milliseconds since 1970. */
  modifiedMs: number;
};

/** What a store says of an object that stands. */
export type ObjectInfo = ObjectEntry & {
  /** The store's own checksum: changes when the bytes do; only good for comparison within one store. */
  etag: string;
};

/** The condition of a conditional write: the object must not stand yet, or must stand with this etag. */
export type WriteCondition = { absent: true } | { etag: string };

/**
 * Named bytes. Keys are `/`-separated relative paths (see `assertKey`). Writes are atomic and durable: a reader sees the
 * old bytes, the new bytes or nothing, whatever happens to the writer.
 *
 * Conditional writes are sound among themselves, between processes and machines; a key written by `putIf` is written by
 * nothing else while writers may race for it.
 *
 * Every method throws SerError `StoreUnavailable` when the store does not answer or refuses a write for want of room or
 * permission, and `BadConfig` when it does not know the credentials or the bucket, or the key is no key.
 */
export interface ObjectStore {
  /** `file:/path` or `s3://bucket/prefix`; never with credentials. */
  readonly url: string;
  /**
   * The bytes of an object; undefined when there is none.
   *
   * @param room where they may be put if they fit, for those who read many: the result is then a view of it
   */
  get(key: string, room?: Uint8Array): Promise<Uint8Array | undefined>;
  /** Size and etag; undefined when there is no such object. The file store reads the file for it. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** @param sha256 of the bytes, hexadecimal, by those who know it: then it is not computed again */
  put(key: string, bytes: Uint8Array, sha256?: string): Promise<ObjectInfo>;
  /** Stores a file of this machine, by a copy-on-write clone where the store can. */
  putFile(key: string, path: string): Promise<ObjectInfo>;
  /** Writes only if the condition holds; undefined when it does not. */
  putIf(key: string, bytes: Uint8Array, condition: WriteCondition): Promise<ObjectInfo | undefined>;
  /** Every object whose key begins with the prefix, in no particular order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Removes an object; no error when there is none. */
  delete(key: string): Promise<void>;
  /**
   * What killed writers left behind before a time and no listing shows.
   *
   * @param remove whether it goes; else it is only counted
   */
  leftovers(beforeMs: number, remove: boolean): Promise<{ count: number; sizeBytes: number }>;
}
