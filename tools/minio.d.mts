/** A MinIO server that answers, and who may use it. */
export type MinioServer = {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  /** Where the server came from, for a line of the log. */
  source: string;
  /** Ends the server and waits for its end; a server that was only found goes on. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL. Start it again on the same folder, port and credentials to see what survived. */
  kill(): Promise<void>;
};

export type MinioOptions = {
  /** Where the server keeps its data. */
  dir: string;
  /** What it listens on; default 127.0.0.1. */
  host?: string;
  /** Default: a free one. */
  port?: number;
  /** Default: random. */
  accessKey?: string;
  secretKey?: string;
  /** Whether the server named by `S3_ENDPOINT` may be used instead of a new one; default true. */
  shared?: boolean;
};

/** The server that can be started here: its binary, or why there is none. */
export function findMinio(): Promise<{ path: string; source: string } | { missing: string }>;

/** @throws Error when there is no server to start or it does not answer; the message says why */
export function startMinio(options: MinioOptions): Promise<MinioServer>;
